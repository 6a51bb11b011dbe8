//! Where the tests find peers and vectors.
