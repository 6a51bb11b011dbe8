//! Sealed PDF files.
