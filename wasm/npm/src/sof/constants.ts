// Numbers of GM/T 0006 and GM/T 0020, under the names that sites use.

/** Algorithms (GM/T 0006). */
export const SGD = {
  SGD_SM4_ECB: 0x0401,
  SGD_SM4_CBC: 0x0402,
  SGD_SM4_CFB: 0x0404,
  SGD_SM4_OFB: 0x0408,
  SGD_SM4_MAC: 0x0410,
  SGD_RSA: 0x0001_0000,
  SGD_SM2: 0x0002_0100,
  SGD_SM2_1: 0x0002_0200,
  SGD_SM2_2: 0x0002_0400,
  SGD_SM2_3: 0x0002_0800,
  SGD_SM3: 0x0000_0001,
  SGD_SHA1: 0x0000_0002,
  SGD_SHA256: 0x0000_0004,
  SGD_SM3_RSA: 0x0001_0001,
  SGD_SHA1_RSA: 0x0001_0002,
  SGD_SHA256_RSA: 0x0001_0004,
  SGD_SM3_SM2: 0x0002_0201,
} as const;

/** Results (GM/T 0020), spelled as the standard spells them. */
export const SOR = {
  SOR_OK: 0,
  SOR_UnknownErr: 0x0b00_0001,
  SOR_NotSupportYetErr: 0x0b00_0002,
  SOR_FileErr: 0x0b00_0003,
  SOR_AlgoTypeErr: 0x0b00_0007,
  SOR_KeyUsageErr: 0x0b00_0009,
  SOR_NotInitializeErr: 0x0b00_0011,
  SOR_MemoryErr: 0x0b00_0100,
  SOR_TimeoutErr: 0x0b00_0101,
  SOR_IndataLenErr: 0x0b00_0200,
  SOR_IndataErr: 0x0b00_0201,
  SOR_GenRandErr: 0x0b00_0300,
  SOR_HashErr: 0x0b00_0302,
  SOR_HashNotEqualErr: 0x0b00_0308,
  SOR_KeyNotFountErr: 0x0b00_0309,
  SOR_CertNotFountErr: 0x0b00_0310,
  SOR_VerifyPolicyErr: 0x0b00_0312,
  SOR_CertEncodeErr: 0x0b00_0405,
  SOR_CertInvalidErr: 0x0b00_0406,
  SOR_CertHasExpiredErr: 0x0b00_0407,
  SOR_CertRevokedErr: 0x0b00_0408,
  SOR_SignDataErr: 0x0b00_0409,
  SOR_VerifySignDataErr: 0x0b00_0410,
  SOR_ReadFileErr: 0x0b00_0411,
  SOR_WriteFileErr: 0x0b00_0412,
  SOR_EncryptDataErr: 0x0b00_0415,
  SOR_DecryptDataErr: 0x0b00_0416,
  SOR_PKCS7EncodeErr: 0x0b00_0417,
  SOR_XMLEncodeErr: 0x0b00_0418,
  SOR_ParameterNotSupportErr: 0x0b00_0419,
} as const;

/** A name of {@link SOR}. */
export type SorName = keyof typeof SOR;
