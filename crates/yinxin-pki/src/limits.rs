//! Every limit of the parsers in one place, each with its reason.

/// Nesting of DER elements. The deepest real structure, a timestamp token inside a signed message
/// with certificates, needs 14; twice that still costs no stack worth naming.
pub const DEPTH: u8 = 32;

/// Bytes of one certificate. Real ones have 1-4 KiB; logos in extensions have been seen at 30.
pub const CERTIFICATE: usize = 64 << 10;

/// Bytes of a CRL: a million entries of some 40 bytes and room to grow.
pub const CRL: usize = 64 << 20;

/// Bytes of a CMS structure before and after its content, each.
pub const CMS_HEADER: usize = 1 << 20;

/// Nesting of constructed strings in BER. Nobody needs more than one level.
pub const BER_STRING_DEPTH: u8 = 4;

/// Octets of an INTEGER: RSA moduli of 8192 bits, which are then refused by name.
pub const INTEGER: usize = 1024 + 1;

/// Attributes in one set.
pub const ATTRIBUTES: usize = 64;

/// Signers of one message.
pub const SIGNERS: usize = 64;

/// Recipients of one message: a bid goes to a handful, a notice to a few hundred.
pub const RECIPIENTS: usize = 1024;

/// Certificates in one message.
pub const CERTIFICATES: usize = 256;

/// Certificates on one path, the leaf and the anchor counted.
pub const PATH: usize = 10;

/// Signature checks while one path is sought; a bomb of cross-signed authorities ends here.
pub const CHAIN_SIGNATURES: u32 = 100;

/// Name comparisons against name constraints in one validation.
pub const NAME_COMPARISONS: u32 = 250_000;

/// Rounds of PBKDF2 a file may ask for: about ten seconds.
pub const PBKDF2_ROUNDS: u32 = 10_000_000;

/// Octets of salt a file may ask for.
pub const SALT: usize = 1 << 10;

/// Bytes of memory scrypt may ask for.
pub const SCRYPT_MEMORY: u64 = 64 << 20;

/// Bags of one PKCS#12 file.
pub const PKCS12_BAGS: usize = 256;

/// Bytes of a key container.
pub const KEY_FILE: usize = 1 << 20;
