//! A **test** certificate authority: never for real certificates.
#![forbid(unsafe_code)]
