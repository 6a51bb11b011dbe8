//! Named deviations from the standards: read, reported, never silent, never written.

/// A deviation (方言) met while reading something that is otherwise sound.
///
/// Each is harmless to the meaning, or is only accepted where its meaning is certain; a report
/// names every one that was met.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Oddity {
    /// Bare SM4 (1.2.156.10197.1.104) for SM4-CBC, as older CFCA kits write it.
    BareSm4,
    /// The SM2 curve written out as explicit parameters, equal to the standard's.
    ExplicitCurve,
    /// GCM inside EnvelopedData, its tag behind the ciphertext (gmsm), instead of
    /// AuthEnvelopedData.
    GcmInEnvelopedData,
    /// The key's algorithm is given as 1.2.156.10197.1.301 instead of id-ecPublicKey.
    KeyAlgorithmIsCurve,
    /// SM2 key transport named by 1.2.156.10197.1.301.2, the key exchange (GmSSL).
    KeyTransportKeyExchange,
    /// SM2 key transport without the NULL parameters most programs write.
    KeyTransportNoNull,
    /// SM2 key transport named by 1.2.156.10197.1.301.3.2.1 (BouncyCastle).
    KeyTransportWithSm3,
    /// SM2-with-SM3 carries explicit NULL parameters (GM/T 0015 has none; most Chinese CAs write
    /// them).
    NullParameters,
    /// An SM2 ciphertext without structure, C1‖C3‖C2 or C1‖C2‖C3 (older CFCA kits).
    RawCiphertext,
    /// An SM2 signature as 64 raw bytes r‖s instead of DER.
    RawSignature,
    /// An SM2 recipient by key identifier; GM/T 0010 names them by issuer and serial (CFCA).
    RecipientByKeyIdentifier,
    /// An RFC 5652 signer under 1.2.156.10197.1.301.1, which belongs to GM/T 0010.
    SignerAlgorithm301,
    /// A GM/T 0010 signer under 1.2.156.10197.1.501, where the standard has .301.1 (GmSSL).
    SignerAlgorithm501,
    /// Signed attributes not in the order DER asks for.
    UnsortedAttributes,
    /// A version number other than the one the contents call for.
    Version,
}

impl Oddity {
    /// The stable name, `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BareSm4 => "bare_sm4",
            Self::ExplicitCurve => "explicit_curve",
            Self::GcmInEnvelopedData => "gcm_in_enveloped_data",
            Self::KeyAlgorithmIsCurve => "key_algorithm_is_curve",
            Self::KeyTransportKeyExchange => "key_transport_key_exchange",
            Self::KeyTransportNoNull => "key_transport_no_null",
            Self::KeyTransportWithSm3 => "key_transport_with_sm3",
            Self::NullParameters => "null_parameters",
            Self::RawCiphertext => "raw_ciphertext",
            Self::RawSignature => "raw_signature",
            Self::RecipientByKeyIdentifier => "recipient_by_key_identifier",
            Self::SignerAlgorithm301 => "signer_algorithm_301",
            Self::SignerAlgorithm501 => "signer_algorithm_501",
            Self::UnsortedAttributes => "unsorted_attributes",
            Self::Version => "version",
        }
    }
}
