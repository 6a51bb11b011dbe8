//! The browser's random source, at the one place where the package draws from it.

use getrandom::SysRng;
use rand_core::UnwrapErr;

/// `crypto.getRandomValues`. A browser that has none panics here, and the package says `internal`.
pub(crate) const fn random() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}
