//! Where the command meets the world: clock, randomness, outputs.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use rand_core::{TryRng as _, UnwrapErr};
use yinxin::Time;
use yinxin::file::{Existing, Outputs};

use crate::args::Globals;
use crate::output::{Exit, Failure};

/// The present, UTC.
pub(crate) fn now() -> Time {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(elapsed) => i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX),
        Err(_) => 0,
    };
    Time::from_unix(seconds)
}

/// The system's random source, tried once before anything relies on it.
///
/// # Errors
///
/// `random_failed` when the system has none to give.
pub(crate) fn random() -> Result<UnwrapErr<SysRng>, Failure> {
    let mut probe = [0; 32];
    SysRng.try_fill_bytes(&mut probe).map_err(|error| {
        Failure::new(
            Exit::System,
            "random_failed",
            format!("the system gives no randomness: {error}"),
        )
    })?;
    Ok(UnwrapErr(SysRng))
}

/// Outputs as `--force` says.
pub(crate) fn outputs(globals: &Globals) -> Outputs {
    Outputs::new(if globals.force { Existing::Replace } else { Existing::Keep })
}

/// Refuses `--out -` together with `--json`: both want standard output.
///
/// # Errors
///
/// `output_and_json`.
pub(crate) fn check_output(globals: &Globals, paths: &[&Path]) -> Result<(), Failure> {
    if globals.json && paths.iter().any(|path| yinxin::file::is_standard(path)) {
        let words = "`--json` and an output of `-` both want standard output; choose one";
        return Err(Failure::usage("output_and_json", words));
    }
    Ok(())
}
