//! `yinxin csr`: certificate requests.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use yinxin::certificate::{NameBuilder, RequestDraft};
use yinxin::file::Access;

use crate::args::Globals;
use crate::context;
use crate::output::{Exit, Failure, Report};
use crate::secret::Passwords;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask for a certificate over a key
    Create(Create),
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    /// The key that is to be certified
    #[arg(long, value_name = "KEY.pem")]
    key: PathBuf,
    /// Subject in the order it is encoded, as "C=CN,O=甲公司,CN=甲公司"
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// Where the request goes (PEM)
    #[arg(long, value_name = "CSR.pem")]
    out: PathBuf,
    #[command(flatten)]
    passwords: Passwords,
}

pub(crate) fn run(command: Command, globals: &Globals) -> Result<Report, Failure> {
    let Command::Create(command) = command;
    context::check_output(globals, &[&command.out])?;
    let subject = NameBuilder::parse(&command.subject)
        .and_then(NameBuilder::build)
        .map_err(|error| Failure::new(Exit::Usage, "subject", format!("--subject: {error}")))?;
    let key = command.passwords.open(&command.key)?.key.into_signing();
    let signing = RequestDraft::new(subject.clone(), key.public()).prepare()?;
    let answer = key.sign(signing.to_sign(), &mut context::random()?)?;
    let der = signing.finish(&answer)?;
    let pem = yinxin::pem::encode("CERTIFICATE REQUEST", &der);
    let mut outputs = context::outputs(globals);
    outputs.write(&command.out, Access::Public, pem.as_bytes())?;
    outputs.commit()?;
    Ok(Report::done("csr_created")
        .show("subject", subject.to_string())
        .show("algorithm", key.public().algorithm_name())
        .show("keyId", key.public().id().to_string())
        .out(&command.out))
}
