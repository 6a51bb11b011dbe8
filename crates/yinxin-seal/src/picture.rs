//! Seal pictures.
