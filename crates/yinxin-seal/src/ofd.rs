//! Sealed OFD packages (GB/T 33190).
