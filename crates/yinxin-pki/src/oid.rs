//! Object identifiers as their raw content octets, each constant with its standard.

use core::fmt;

use crate::Error;

/// An object identifier (对象标识符), as its DER content octets.
///
/// Raw octets, because GM arcs and UUID arcs exceed what arithmetic on arcs of 32 bits can hold.
/// Up to [`Oid::MAX_LEN`] octets, which is more than any identifier in use.
///
/// ```
/// use yinxin_pki::oid;
///
/// assert_eq!(oid::SM2_WITH_SM3.to_string(), "1.2.156.10197.1.501");
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Oid {
    len: u8,
    octets: [u8; Self::MAX_LEN],
}

impl Oid {
    /// Takes content octets and checks their form: minimal arcs of at most 128 bits, the last
    /// one complete.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] or [`Error::Limit`], with `at` counted from the first content octet.
    pub fn from_octets(content: &[u8]) -> Result<Self, Error> {
        if content.len() > Self::MAX_LEN {
            return Err(Error::Limit { at: 0, what: "object identifier", limit: 39 });
        }
        let (mut arc_len, mut lead) = (0, 0);
        for (at, octet) in content.iter().enumerate() {
            if arc_len == 0 {
                lead = *octet;
                if lead == 0x80 {
                    return Err(Error::Malformed { at, expected: "minimal object identifier arc" });
                }
            }
            arc_len += 1;
            // 19 groups of 7 bits are 133: a UUID fits when the first group has 2 bits.
            if arc_len > 19 || (arc_len == 19 && lead > 0x83) {
                return Err(Error::Limit { at, what: "object identifier arc in bits", limit: 128 });
            }
            if octet & 0x80 == 0 {
                arc_len = 0;
            }
        }
        if content.is_empty() || arc_len != 0 {
            return Err(Error::Malformed { at: content.len(), expected: "object identifier" });
        }
        let mut octets = [0; Self::MAX_LEN];
        for (to, from) in octets.iter_mut().zip(content) {
            *to = *from;
        }
        Ok(Self { len: u8::try_from(content.len()).unwrap_or(0), octets })
    }

    /// An identifier known at compile time, from its content octets.
    const fn known(content: &[u8]) -> Self {
        assert!(content.len() < Self::MAX_LEN, "a constant is too long");
        let mut octets = [0; Self::MAX_LEN];
        let (to, _) = octets.split_at_mut(content.len());
        to.copy_from_slice(content);
        #[expect(clippy::as_conversions, reason = "asserted above; `try_from` is not const")]
        Self { len: content.len() as u8, octets }
    }

    /// The content octets, without tag and length.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or(&[])
    }

    /// Longest content: 39 octets. The longest in use here, a UUID arc with one more, has 21.
    pub const MAX_LEN: usize = 39;
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        for octet in self.octets() {
            arc = (arc << 7) | u128::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                if first {
                    let root = core::cmp::min(arc / 40, 2);
                    write!(f, "{root}.{}", arc - root * 40)?;
                    first = false;
                } else {
                    write!(f, ".{arc}")?;
                }
                arc = 0;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

macro_rules! known {
    ($($(#[$doc:meta])* $name:ident = $($octet:literal)+;)+) => {
        $($(#[$doc])* pub const $name: Oid = Oid::known(&[$($octet),+]);)+

        #[cfg(test)]
        const ALL: &[(&str, Oid)] = &[$((stringify!($name), $name)),+];
    };
}

known! {
    /// GM/T 0006: SM2 curve, 1.2.156.10197.1.301.
    SM2_CURVE = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x82 0x2d;
    /// GM/T 0006: SM2 signature, 1.2.156.10197.1.301.1.
    SM2_SIGN = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x82 0x2d 0x01;
    /// GM/T 0006: SM2 key exchange, 1.2.156.10197.1.301.2; GmSSL's key transport.
    SM2_KEY_EXCHANGE = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x82 0x2d 0x02;
    /// GM/T 0006: SM2 encryption, 1.2.156.10197.1.301.3.
    SM2_ENCRYPT = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x82 0x2d 0x03;
    /// SM2 encryption with SM3 as BouncyCastle names it, 1.2.156.10197.1.301.3.2.1.
    SM2_ENCRYPT_WITH_SM3 = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x82 0x2d 0x03 0x02 0x01;
    /// GM/T 0006: SM2 with SM3, 1.2.156.10197.1.501.
    SM2_WITH_SM3 = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x83 0x75;
    /// GM/T 0006: SM3, 1.2.156.10197.1.401.
    SM3 = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x83 0x11;
    /// HMAC-SM3, 1.2.156.10197.1.401.2 (gmsm, GmSSL, BouncyCastle).
    HMAC_SM3 = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x83 0x11 0x02;
    /// HMAC-SM3, 1.2.156.10197.1.401.3.1 (OpenSSL after 3.0, Tongsuo).
    HMAC_SM3_OPENSSL = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x83 0x11 0x03 0x01;
    /// Bare SM4, 1.2.156.10197.1.104: CBC with an IV, ECB inside SM2EnvelopedKey.
    SM4 = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x68;
    /// SM4-ECB, 1.2.156.10197.1.104.1.
    SM4_ECB = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x68 0x01;
    /// SM4-CBC, 1.2.156.10197.1.104.2.
    SM4_CBC = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x68 0x02;
    /// SM4-CTR, 1.2.156.10197.1.104.7.
    SM4_CTR = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x68 0x07;
    /// SM4-GCM, 1.2.156.10197.1.104.8.
    SM4_GCM = 0x2a 0x81 0x1c 0xcf 0x55 0x01 0x68 0x08;
    /// GM/T 0010: data, 1.2.156.10197.6.1.4.2.1.
    GM_DATA = 0x2a 0x81 0x1c 0xcf 0x55 0x06 0x01 0x04 0x02 0x01;
    /// GM/T 0010: signedData, .2.2.
    GM_SIGNED_DATA = 0x2a 0x81 0x1c 0xcf 0x55 0x06 0x01 0x04 0x02 0x02;
    /// GM/T 0010: envelopedData, .2.3.
    GM_ENVELOPED_DATA = 0x2a 0x81 0x1c 0xcf 0x55 0x06 0x01 0x04 0x02 0x03;
    /// GM/T 0010: signedAndEnvelopedData, .2.4.
    GM_SIGNED_AND_ENVELOPED_DATA = 0x2a 0x81 0x1c 0xcf 0x55 0x06 0x01 0x04 0x02 0x04;
    /// GM/T 0010: encryptedData, .2.5.
    GM_ENCRYPTED_DATA = 0x2a 0x81 0x1c 0xcf 0x55 0x06 0x01 0x04 0x02 0x05;
    /// RFC 5652: id-data, 1.2.840.113549.1.7.1.
    DATA = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x07 0x01;
    /// RFC 5652: id-signedData, .1.7.2.
    SIGNED_DATA = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x07 0x02;
    /// RFC 5652: id-envelopedData, .1.7.3.
    ENVELOPED_DATA = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x07 0x03;
    /// PKCS#7: signedAndEnvelopedData, .1.7.4.
    SIGNED_AND_ENVELOPED_DATA = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x07 0x04;
    /// RFC 5652: id-encryptedData, .1.7.6.
    ENCRYPTED_DATA = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x07 0x06;
    /// RFC 5083: id-ct-authEnvelopedData, 1.2.840.113549.1.9.16.1.23.
    AUTH_ENVELOPED_DATA = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x10 0x01 0x17;
    /// RFC 3161: id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4.
    TST_INFO = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x10 0x01 0x04;
    /// RFC 5652 §11.1: contentType attribute, 1.2.840.113549.1.9.3.
    CONTENT_TYPE = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x03;
    /// RFC 5652 §11.2: messageDigest attribute, .1.9.4.
    MESSAGE_DIGEST = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x04;
    /// RFC 5652 §11.3: signingTime attribute, .1.9.5.
    SIGNING_TIME = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x05;
    /// RFC 2634: signingCertificate attribute, .1.9.16.2.12.
    SIGNING_CERTIFICATE = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x10 0x02 0x0c;
    /// RFC 5035: signingCertificateV2 attribute, .1.9.16.2.47.
    SIGNING_CERTIFICATE_V2 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x10 0x02 0x2f;
    /// RFC 3161 appendix A: signature timestamp attribute, .1.9.16.2.14.
    TIMESTAMP_TOKEN = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x10 0x02 0x0e;
    /// RFC 5480: id-ecPublicKey, 1.2.840.10045.2.1.
    EC_PUBLIC_KEY = 0x2a 0x86 0x48 0xce 0x3d 0x02 0x01;
    /// SEC 2: prime field, 1.2.840.10045.1.1, in explicit curve parameters.
    PRIME_FIELD = 0x2a 0x86 0x48 0xce 0x3d 0x01 0x01;
    /// RFC 5480: P-256, 1.2.840.10045.3.1.7.
    P256 = 0x2a 0x86 0x48 0xce 0x3d 0x03 0x01 0x07;
    /// RFC 5480: P-384, 1.3.132.0.34.
    P384 = 0x2b 0x81 0x04 0x00 0x22;
    /// RFC 5480: P-521, 1.3.132.0.35.
    P521 = 0x2b 0x81 0x04 0x00 0x23;
    /// RFC 5758: ecdsa-with-SHA256, 1.2.840.10045.4.3.2.
    ECDSA_SHA256 = 0x2a 0x86 0x48 0xce 0x3d 0x04 0x03 0x02;
    /// RFC 5758: ecdsa-with-SHA384, 1.2.840.10045.4.3.3.
    ECDSA_SHA384 = 0x2a 0x86 0x48 0xce 0x3d 0x04 0x03 0x03;
    /// RFC 5758: ecdsa-with-SHA512, 1.2.840.10045.4.3.4.
    ECDSA_SHA512 = 0x2a 0x86 0x48 0xce 0x3d 0x04 0x03 0x04;
    /// RFC 3279: ecdsa-with-SHA1, 1.2.840.10045.4.1; known only to be refused by name.
    ECDSA_SHA1 = 0x2a 0x86 0x48 0xce 0x3d 0x04 0x01;
    /// RFC 8017: rsaEncryption, 1.2.840.113549.1.1.1.
    RSA = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x01;
    /// RFC 8017: sha1WithRSAEncryption, .1.1.5; known only to be refused by name.
    RSA_SHA1 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x05;
    /// RFC 8017: id-mgf1, .1.1.8.
    MGF1 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x08;
    /// RFC 8017: id-RSASSA-PSS, .1.1.10.
    RSA_PSS = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x0a;
    /// RFC 8017: sha256WithRSAEncryption, .1.1.11.
    RSA_SHA256 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x0b;
    /// RFC 8017: sha384WithRSAEncryption, .1.1.12.
    RSA_SHA384 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x0c;
    /// RFC 8017: sha512WithRSAEncryption, .1.1.13.
    RSA_SHA512 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x01 0x0d;
    /// SHA-1, 1.3.14.3.2.26.
    SHA1 = 0x2b 0x0e 0x03 0x02 0x1a;
    /// SHA-256, 2.16.840.1.101.3.4.2.1.
    SHA256 = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x02 0x01;
    /// SHA-384, 2.16.840.1.101.3.4.2.2.
    SHA384 = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x02 0x02;
    /// SHA-512, 2.16.840.1.101.3.4.2.3.
    SHA512 = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x02 0x03;
    /// AES-128-CBC, 2.16.840.1.101.3.4.1.2.
    AES128_CBC = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x02;
    /// AES-128 key wrap (RFC 3394), .1.5.
    AES128_WRAP = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x05;
    /// AES-128-GCM, .1.6.
    AES128_GCM = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x06;
    /// AES-192-CBC, .1.22.
    AES192_CBC = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x16;
    /// AES-192 key wrap, .1.25.
    AES192_WRAP = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x19;
    /// AES-256-CBC, .1.42.
    AES256_CBC = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x2a;
    /// AES-256 key wrap, .1.45.
    AES256_WRAP = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x2d;
    /// AES-256-GCM, .1.46.
    AES256_GCM = 0x60 0x86 0x48 0x01 0x65 0x03 0x04 0x01 0x2e;
    /// RFC 5753: dhSinglePass-stdDH-sha1kdf-scheme, 1.3.133.16.840.63.0.2: read only.
    ECDH_SHA1_KDF = 0x2b 0x81 0x05 0x10 0x86 0x48 0x3f 0x00 0x02;
    /// RFC 5753: dhSinglePass-stdDH-sha256kdf-scheme, 1.3.132.1.11.1.
    ECDH_SHA256_KDF = 0x2b 0x81 0x04 0x01 0x0b 0x01;
    /// RFC 5753: dhSinglePass-stdDH-sha384kdf-scheme, 1.3.132.1.11.2: read only.
    ECDH_SHA384_KDF = 0x2b 0x81 0x04 0x01 0x0b 0x02;
    /// RFC 5753: dhSinglePass-stdDH-sha512kdf-scheme, 1.3.132.1.11.3: read only.
    ECDH_SHA512_KDF = 0x2b 0x81 0x04 0x01 0x0b 0x03;
    /// RFC 8018: id-PBKDF2, 1.2.840.113549.1.5.12.
    PBKDF2 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x05 0x0c;
    /// RFC 8018: id-PBES2, 1.2.840.113549.1.5.13.
    PBES2 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x05 0x0d;
    /// RFC 8018: id-hmacWithSHA1, 1.2.840.113549.2.7.
    HMAC_SHA1 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x02 0x07;
    /// RFC 8018: id-hmacWithSHA256, 1.2.840.113549.2.9.
    HMAC_SHA256 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x02 0x09;
    /// RFC 8018: id-hmacWithSHA384, 1.2.840.113549.2.10.
    HMAC_SHA384 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x02 0x0a;
    /// RFC 8018: id-hmacWithSHA512, 1.2.840.113549.2.11.
    HMAC_SHA512 = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x02 0x0b;
    /// X.520: commonName, 2.5.4.3.
    COMMON_NAME = 0x55 0x04 0x03;
    /// X.520: surname, 2.5.4.4.
    SURNAME = 0x55 0x04 0x04;
    /// X.520: serialNumber, 2.5.4.5.
    SERIAL_NUMBER = 0x55 0x04 0x05;
    /// X.520: countryName, 2.5.4.6.
    COUNTRY = 0x55 0x04 0x06;
    /// X.520: localityName, 2.5.4.7.
    LOCALITY = 0x55 0x04 0x07;
    /// X.520: stateOrProvinceName, 2.5.4.8.
    STATE = 0x55 0x04 0x08;
    /// X.520: streetAddress, 2.5.4.9.
    STREET = 0x55 0x04 0x09;
    /// X.520: organizationName, 2.5.4.10.
    ORGANISATION = 0x55 0x04 0x0a;
    /// X.520: organizationalUnitName, 2.5.4.11.
    ORGANISATIONAL_UNIT = 0x55 0x04 0x0b;
    /// X.520: givenName, 2.5.4.42.
    GIVEN_NAME = 0x55 0x04 0x2a;
    /// X.520: organizationIdentifier, 2.5.4.97.
    ORGANISATION_IDENTIFIER = 0x55 0x04 0x61;
    /// PKCS#9: emailAddress, 1.2.840.113549.1.9.1.
    EMAIL = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x01;
    /// PKCS#9: extensionRequest, 1.2.840.113549.1.9.14.
    EXTENSION_REQUEST = 0x2a 0x86 0x48 0x86 0xf7 0x0d 0x01 0x09 0x0e;
    /// RFC 5280: subjectKeyIdentifier, 2.5.29.14.
    SUBJECT_KEY_IDENTIFIER = 0x55 0x1d 0x0e;
    /// RFC 5280: keyUsage, 2.5.29.15.
    KEY_USAGE = 0x55 0x1d 0x0f;
    /// RFC 5280: subjectAltName, 2.5.29.17.
    SUBJECT_ALTERNATIVE_NAME = 0x55 0x1d 0x11;
    /// RFC 5280: issuerAltName, 2.5.29.18.
    ISSUER_ALTERNATIVE_NAME = 0x55 0x1d 0x12;
    /// RFC 5280: basicConstraints, 2.5.29.19.
    BASIC_CONSTRAINTS = 0x55 0x1d 0x13;
    /// RFC 5280: cRLNumber, 2.5.29.20.
    CRL_NUMBER = 0x55 0x1d 0x14;
    /// RFC 5280: reasonCode, 2.5.29.21.
    REASON_CODE = 0x55 0x1d 0x15;
    /// RFC 5280: invalidityDate, 2.5.29.24.
    INVALIDITY_DATE = 0x55 0x1d 0x18;
    /// RFC 5280: deltaCRLIndicator, 2.5.29.27.
    DELTA_CRL_INDICATOR = 0x55 0x1d 0x1b;
    /// RFC 5280: issuingDistributionPoint, 2.5.29.28.
    ISSUING_DISTRIBUTION_POINT = 0x55 0x1d 0x1c;
    /// RFC 5280: certificateIssuer, of indirect CRLs, 2.5.29.29.
    CERTIFICATE_ISSUER = 0x55 0x1d 0x1d;
    /// RFC 5280: nameConstraints, 2.5.29.30.
    NAME_CONSTRAINTS = 0x55 0x1d 0x1e;
    /// RFC 5280: cRLDistributionPoints, 2.5.29.31.
    CRL_DISTRIBUTION_POINTS = 0x55 0x1d 0x1f;
    /// RFC 5280: certificatePolicies, 2.5.29.32.
    CERTIFICATE_POLICIES = 0x55 0x1d 0x20;
    /// RFC 5280: anyPolicy, 2.5.29.32.0.
    ANY_POLICY = 0x55 0x1d 0x20 0x00;
    /// RFC 5280: policyMappings, 2.5.29.33.
    POLICY_MAPPINGS = 0x55 0x1d 0x21;
    /// RFC 5280: authorityKeyIdentifier, 2.5.29.35.
    AUTHORITY_KEY_IDENTIFIER = 0x55 0x1d 0x23;
    /// RFC 5280: policyConstraints, 2.5.29.36.
    POLICY_CONSTRAINTS = 0x55 0x1d 0x24;
    /// RFC 5280: extKeyUsage, 2.5.29.37.
    EXTENDED_KEY_USAGE = 0x55 0x1d 0x25;
    /// RFC 5280: anyExtendedKeyUsage, 2.5.29.37.0.
    ANY_EXTENDED_KEY_USAGE = 0x55 0x1d 0x25 0x00;
    /// RFC 5280: inhibitAnyPolicy, 2.5.29.54.
    INHIBIT_ANY_POLICY = 0x55 0x1d 0x36;
    /// RFC 5280: authorityInfoAccess, 1.3.6.1.5.5.7.1.1.
    AUTHORITY_INFORMATION_ACCESS = 0x2b 0x06 0x01 0x05 0x05 0x07 0x01 0x01;
    /// RFC 5280: id-qt-cps, 1.3.6.1.5.5.7.2.1.
    CPS = 0x2b 0x06 0x01 0x05 0x05 0x07 0x02 0x01;
    /// RFC 5280: id-qt-unotice, 1.3.6.1.5.5.7.2.2.
    USER_NOTICE = 0x2b 0x06 0x01 0x05 0x05 0x07 0x02 0x02;
    /// RFC 5280: id-kp-serverAuth, 1.3.6.1.5.5.7.3.1.
    SERVER_AUTH = 0x2b 0x06 0x01 0x05 0x05 0x07 0x03 0x01;
    /// RFC 5280: id-kp-clientAuth, 1.3.6.1.5.5.7.3.2.
    CLIENT_AUTH = 0x2b 0x06 0x01 0x05 0x05 0x07 0x03 0x02;
    /// RFC 5280: id-kp-emailProtection, 1.3.6.1.5.5.7.3.4.
    EMAIL_PROTECTION = 0x2b 0x06 0x01 0x05 0x05 0x07 0x03 0x04;
    /// RFC 5280: id-kp-timeStamping, 1.3.6.1.5.5.7.3.8.
    TIME_STAMPING = 0x2b 0x06 0x01 0x05 0x05 0x07 0x03 0x08;
    /// RFC 9336: id-kp-documentSigning, 1.3.6.1.5.5.7.3.36.
    DOCUMENT_SIGNING = 0x2b 0x06 0x01 0x05 0x05 0x07 0x03 0x24;
    /// Ours: a certificate whose key makes electronic seals, 2.25.258128428175178402734700613560123930539.20.1.
    SEAL_MAKING = 0x69 0x83 0x84 0xb1 0xdd 0x86 0x86 0xf7 0xf2 0x9d 0xc3 0xbe 0xb5 0xe2 0xb8 0xb3 0xcf 0xe8 0xef 0x2b 0x14 0x01;
    /// Ours: a certificate whose key signs a trading platform's requests, 2.25.258128428175178402734700613560123930539.20.2.
    PLATFORM_SIGNING = 0x69 0x83 0x84 0xb1 0xdd 0x86 0x86 0xf7 0xf2 0x9d 0xc3 0xbe 0xb5 0xe2 0xb8 0xb3 0xcf 0xe8 0xef 0x2b 0x14 0x02;
    /// RFC 5280: id-kp-OCSPSigning, 1.3.6.1.5.5.7.3.9.
    OCSP_SIGNING = 0x2b 0x06 0x01 0x05 0x05 0x07 0x03 0x09;
    /// RFC 6960: id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1.
    OCSP_BASIC = 0x2b 0x06 0x01 0x05 0x05 0x07 0x30 0x01 0x01;
    /// RFC 6960: id-pkix-ocsp-nonce, 1.3.6.1.5.5.7.48.1.2.
    OCSP_NONCE = 0x2b 0x06 0x01 0x05 0x05 0x07 0x30 0x01 0x02;
    /// RFC 6960: id-pkix-ocsp-nocheck, 1.3.6.1.5.5.7.48.1.5.
    OCSP_NO_CHECK = 0x2b 0x06 0x01 0x05 0x05 0x07 0x30 0x01 0x05;
    /// GB/T 20518: personal identity code, 1.2.156.10260.4.1.1.
    GM_IDENTITY_CODE = 0x2a 0x81 0x1c 0xd0 0x14 0x04 0x01 0x01;
    /// GB/T 20518: insurance number, 1.2.156.10260.4.1.2.
    GM_INSURANCE_NUMBER = 0x2a 0x81 0x1c 0xd0 0x14 0x04 0x01 0x02;
    /// GB/T 20518: business registration number, 1.2.156.10260.4.1.3.
    GM_REGISTRATION_NUMBER = 0x2a 0x81 0x1c 0xd0 0x14 0x04 0x01 0x03;
    /// GB/T 20518: organisation code; some CAs put the unified code there, 1.2.156.10260.4.1.4.
    GM_ORGANISATION_CODE = 0x2a 0x81 0x1c 0xd0 0x14 0x04 0x01 0x04;
    /// GB/T 20518: tax number, 1.2.156.10260.4.1.5.
    GM_TAX_NUMBER = 0x2a 0x81 0x1c 0xd0 0x14 0x04 0x01 0x05;
    /// One CA's RSA certificates: identity card, 1.2.86.11.7.1.
    CA_IDENTITY_CARD = 0x2a 0x56 0x0b 0x07 0x01;
    /// One CA's RSA certificates: business registration, 1.2.86.11.7.3.
    CA_REGISTRATION = 0x2a 0x56 0x0b 0x07 0x03;
    /// One CA's RSA certificates: unified social credit code, 1.2.86.11.7.4.
    CA_UNIFIED_CODE = 0x2a 0x56 0x0b 0x07 0x04;
    /// One CA's RSA certificates: tax number, 1.2.86.11.7.5.
    CA_TAX = 0x2a 0x56 0x0b 0x07 0x05;
    /// Unified code of another CA, 1.2.156.1.8888.148.
    CA_UNIFIED_CODE_148 = 0x2a 0x81 0x1c 0x01 0xc5 0x38 0x81 0x14;
    /// Unified code of another CA, 1.2.156.112570.11.205.
    CA_UNIFIED_CODE_205 = 0x2a 0x81 0x1c 0x86 0xef 0x3a 0x0b 0x81 0x4d;
    /// Unified code of another CA, 1.2.86.21.1.1.
    CA_UNIFIED_CODE_21 = 0x2a 0x56 0x15 0x01 0x01;
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn constants_are_well_formed_and_different() {
        for (index, (name, oid)) in ALL.iter().enumerate() {
            assert_eq!(Oid::from_octets(oid.octets()), Ok(*oid), "{name}");
            for (other, second) in &ALL[index + 1..] {
                assert_ne!(oid, second, "{name} and {other}");
            }
        }
    }

    #[test]
    fn text_shows_every_arc() {
        assert_eq!(P384.to_string(), "1.3.132.0.34");
        assert_eq!(GM_SIGNED_DATA.to_string(), "1.2.156.10197.6.1.4.2.2");
        assert_eq!(SHA256.to_string(), "2.16.840.1.101.3.4.2.1");
        assert_eq!(ECDH_SHA1_KDF.to_string(), "1.3.133.16.840.63.0.2");
        let uuid_arc = [
            0x69, 0x83, 0x84, 0xb1, 0xdd, 0x86, 0x86, 0xf7, 0xf2, 0x9d, 0xc3, 0xbe, 0xb5, 0xe2,
            0xb8, 0xb3, 0xcf, 0xe8, 0xef, 0x2b, 0x01,
        ];
        assert_eq!(
            Oid::from_octets(&uuid_arc).unwrap().to_string(),
            "2.25.258128428175178402734700613560123930539.1"
        );
    }

    #[test]
    fn padded_and_unfinished_arcs_are_refused() {
        for octets in [&[0x2a, 0x80, 0x01][..], &[0x2a, 0x81], &[], &[0x80], &[0xff; 19], &[1; 40]]
        {
            assert!(Oid::from_octets(octets).is_err(), "{octets:02x?}");
        }
    }
}
