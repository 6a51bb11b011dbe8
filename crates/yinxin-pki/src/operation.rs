//! Public-key operations, counted for benches.
//!
//! The feature `operation-count` adds the counting and nothing else; without it this is empty.

/// A public-key operation (公钥运算).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// A key pair is drawn.
    Generate,
    /// A digest is signed.
    Sign,
    /// A wrapped key is opened.
    Unwrap,
    /// A signature is verified.
    Verify,
    /// A key is wrapped to a public key.
    Wrap,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Generate, Self::Sign, Self::Unwrap, Self::Verify, Self::Wrap];
}

#[cfg(feature = "operation-count")]
mod counting {
    use core::sync::atomic::{AtomicU32, Ordering};

    use super::Operation;

    static COUNTS: [AtomicU32; 5] = [const { AtomicU32::new(0) }; 5];

    const fn place(operation: Operation) -> &'static AtomicU32 {
        let [generate, sign, unwrap, verify, wrap] = &COUNTS;
        match operation {
            Operation::Generate => generate,
            Operation::Sign => sign,
            Operation::Unwrap => unwrap,
            Operation::Verify => verify,
            Operation::Wrap => wrap,
        }
    }

    impl Operation {
        pub(crate) fn note(self) {
            place(self).fetch_add(1, Ordering::Relaxed);
        }

        /// How often it was done in this process.
        #[must_use]
        pub fn count(self) -> u32 {
            place(self).load(Ordering::Relaxed)
        }
    }
}

#[cfg(not(feature = "operation-count"))]
impl Operation {
    pub(crate) const fn note(self) {}
}
