//! Prints ours, the peer, and the ratio.
