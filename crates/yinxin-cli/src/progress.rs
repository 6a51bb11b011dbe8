//! A bar on the terminal for whatever takes over a second.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::args::Globals;

/// Progress of one file.
#[derive(Debug)]
pub(crate) struct Bar {
    total: u64,
    started: Instant,
    drawn: Option<Instant>,
    wanted: bool,
}

impl Bar {
    pub(crate) fn new(globals: &Globals, total: u64) -> Self {
        let wanted = !globals.quiet && !globals.json && std::io::stderr().is_terminal();
        Self { total, started: Instant::now(), drawn: None, wanted }
    }

    /// Says how many bytes are done.
    pub(crate) fn update(&mut self, done: u64) {
        let now = Instant::now();
        let elapsed = now.duration_since(self.started);
        let due = self.drawn.unwrap_or(self.started + Duration::from_millis(900))
            + Duration::from_millis(100);
        if !self.wanted || now < due {
            return;
        }
        self.drawn = Some(now);
        let megabytes = done / 1_000_000;
        let rate = u128::from(done) / elapsed.as_millis().max(1) / 1000;
        let line = match done.saturating_mul(100).checked_div(self.total) {
            Some(percent) if percent <= 100 => {
                let filled = usize::try_from(percent / 4).unwrap_or(0);
                let bar = format!("{}{}", "#".repeat(filled), " ".repeat(25 - filled));
                format!("[{bar}] {percent:>3} %  {megabytes} MB  {rate} MB/s")
            }
            _ => format!("{megabytes} MB  {rate} MB/s"),
        };
        let mut err = std::io::stderr().lock();
        drop(write!(err, "\r{line:<70}"));
        drop(err.flush());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let mut err = std::io::stderr().lock();
            drop(write!(err, "\r{:<70}\r", ""));
            drop(err.flush());
        }
    }
}
