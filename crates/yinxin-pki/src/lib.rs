//! Certificates, keys and CMS for SM2 and P-256, without std.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
