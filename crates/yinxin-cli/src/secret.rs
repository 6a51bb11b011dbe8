//! Passwords: from files, the environment or the terminal, never from an argument.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Args;
use yinxin::file;
use yinxin::key::container;
use yinxin::{KeyError, KeyFile, PrivateKey, pkcs8};
use zeroize::Zeroizing;

use crate::context;
use crate::output::{Exit, Failure, Of as _};
use crate::text;

/// Where the passwords of keys that are read come from.
#[derive(Args, Clone, Debug)]
pub(crate) struct Passwords {
    /// File with the password of an encrypted key (else YINXIN_PASSWORD, else the terminal)
    #[arg(long, value_name = "FILE")]
    password_file: Vec<PathBuf>,
}

/// Where the password of a key that is written comes from.
#[derive(Args, Clone, Debug)]
#[group(multiple = false)]
pub(crate) struct NewPassword {
    /// File with the password that protects what is written
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
    /// Write the key without protection
    #[arg(long)]
    no_password: bool,
}

/// Largest key file and password file.
const KEY_FILE: u64 = 1 << 20;
const PASSWORD_FILE: u64 = 4096;

impl Passwords {
    /// Reads and opens a key file.
    ///
    /// # Errors
    ///
    /// `password_needed` without a terminal to ask on, `wrong_password` when none of the
    /// passwords opens it, and what [`container::read`] says.
    pub(crate) fn open(&self, path: &Path) -> Result<KeyFile, Failure> {
        let bytes = Zeroizing::new(file::read(path, KEY_FILE)?);
        if !container::needs_password(&bytes).of(path)? {
            return container::read(&bytes, None).of(path);
        }
        let given = self.given()?;
        if given.is_empty() {
            let words = format!("{} {}", text::ask_password(), path.display());
            let password = ask(&words)?.ok_or_else(|| {
                Failure::usage("password_needed", KeyError::PasswordNeeded.to_string()).of(path)
            })?;
            return container::read(&bytes, Some(&password)).of(path);
        }
        let mut wrong = KeyError::WrongPassword;
        for password in &given {
            match container::read(&bytes, Some(password)) {
                Ok(key) => return Ok(key),
                // Another password may be the right one; every other error is about the file.
                Err(KeyError::WrongPassword) => {}
                Err(error) => {
                    wrong = error;
                    break;
                }
            }
        }
        Err(wrong).of(path)
    }

    fn given(&self) -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
        let mut given = Vec::new();
        for path in &self.password_file {
            given.push(read_password(path)?);
        }
        if given.is_empty()
            && let Ok(password) = std::env::var("YINXIN_PASSWORD")
        {
            given.push(Zeroizing::new(password.into_bytes()));
        }
        Ok(given)
    }
}

/// A password file: its first line.
///
/// # Errors
///
/// The file cannot be read.
pub(crate) fn read_password(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = Zeroizing::new(file::read(path, PASSWORD_FILE)?);
    let line = bytes.split(|octet| *octet == b'\n').next().unwrap_or(&[]);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(Zeroizing::new(line.to_vec()))
}

/// Asks on the terminal without echo; `None` when there is none.
///
/// # Errors
///
/// The terminal cannot be read.
pub(crate) fn ask(words: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    match rpassword::prompt_password(format!("{words}: ")) {
        Ok(password) => Ok(Some(Zeroizing::new(password.into_bytes()))),
        Err(error) => Err(Failure::new(Exit::System, "read_failed", error.to_string())),
    }
}

impl NewPassword {
    /// The PEM file of a key, protected as asked: SM4-CBC with HMAC-SM3 for SM2, AES-256-CBC with
    /// HMAC-SHA-256 for P-256.
    ///
    /// # Errors
    ///
    /// `password_needed` when neither option stands there and no terminal can be asked;
    /// `password_empty`, `passwords_differ`.
    pub(crate) fn protect(&self, key: &PrivateKey) -> Result<Zeroizing<String>, Failure> {
        if self.no_password {
            let text = yinxin::pem::encode("PRIVATE KEY", &pkcs8::write(key));
            return Ok(Zeroizing::new(text));
        }
        let password = self.choose()?;
        if password.is_empty() {
            let words = "an empty password protects nothing; use `--no-password` if that is meant";
            return Err(Failure::usage("password_empty", words));
        }
        let protection = match key.curve() {
            yinxin::Curve::P256 => pkcs8::Protection::Aes256,
            _ => pkcs8::Protection::Sm4,
        };
        let mut rng = context::random()?;
        let der = pkcs8::encrypt(key, &password, protection, pkcs8::ROUNDS, &mut rng);
        Ok(Zeroizing::new(yinxin::pem::encode("ENCRYPTED PRIVATE KEY", &der)))
    }

    fn choose(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(path) = &self.new_password_file {
            return read_password(path);
        }
        let Some(first) = ask(text::ask_new_password())? else {
            let words =
                "say how the key is protected: `--new-password-file FILE` or `--no-password`";
            return Err(Failure::usage("password_needed", words));
        };
        let second = ask(text::ask_again())?;
        if second.as_ref() != Some(&first) {
            return Err(Failure::usage("passwords_differ", "the two passwords differ"));
        }
        Ok(first)
    }
}
