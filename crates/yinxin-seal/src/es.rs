//! The structures of an electronic seal and of a seal signature.
