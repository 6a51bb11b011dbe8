//! Secrets of a fixed length: drawn, carried, wiped on drop, never printed.

/// Makes the type of one: `secret! { /// Doc. pub struct Name(LENGTH); }`.
macro_rules! secret {
    ($(#[$attribute:meta])* pub struct $name:ident($length:literal);) => {
        $(#[$attribute])*
        #[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
        pub struct $name([u8; $length]);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl $name {
            /// Draws one.
            pub fn random(rng: &mut impl rand_core::CryptoRng) -> Self {
                let mut secret = Self([0; $length]);
                rng.fill_bytes(&mut secret.0);
                secret
            }

            /// As it came, or was kept.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }

            /// Its octets, for the one place they go to.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $length] {
                &self.0
            }
        }
    };
}

pub(crate) use secret;
