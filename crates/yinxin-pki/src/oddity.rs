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
    /// The key's algorithm is given as 1.2.156.10197.1.301 instead of id-ecPublicKey.
    KeyAlgorithmIsCurve,
    /// SM2-with-SM3 carries explicit NULL parameters (GM/T 0015 has none; most Chinese CAs write
    /// them).
    NullParameters,
    /// An SM2 signature as 64 raw bytes r‖s instead of DER.
    RawSignature,
}

impl Oddity {
    /// The stable name, `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BareSm4 => "bare_sm4",
            Self::ExplicitCurve => "explicit_curve",
            Self::KeyAlgorithmIsCurve => "key_algorithm_is_curve",
            Self::NullParameters => "null_parameters",
            Self::RawSignature => "raw_signature",
        }
    }
}
