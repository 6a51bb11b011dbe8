package peer;

import java.io.FileWriter;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemWriter;

/** Protected keys, and the bare signature and encryption. */
final class Keys {
    private Keys() {}

    /** key-protect key=K out=FILE password=P form=sm4|aes256. */
    static Map<String, String> protect(Job job) throws Exception {
        PrivateKey key = job.key("key");
        boolean sm4 = job.is("form", "sm4");
        ASN1ObjectIdentifier cipher = sm4 ? PKCS8Generator.SM4_CBC : PKCS8Generator.AES_256_CBC;
        AlgorithmIdentifier prf =
                sm4 ? PKCS8Generator.PRF_HMACSM3 : PKCS8Generator.PRF_HMACSHA256;
        JcaPKCS8Generator generator = new JcaPKCS8Generator(key,
                new JceOpenSSLPKCS8EncryptorBuilder(cipher).setProvider("BC").setPRF(prf)
                        .setPassword(job.text("password").toCharArray()).build());
        try (PemWriter writer = new PemWriter(new FileWriter(job.text("out")))) {
            writer.writeObject(generator.generate());
        }
        return Map.of("public", publicHex(PrivateKeyFactory.createKey(key.getEncoded())));
    }

    /** key-open in=FILE [password=P]. */
    static Map<String, String> open(Job job) throws Exception {
        String armour = new String(job.bytes("in"), StandardCharsets.US_ASCII);
        Object read = new PEMParser(new StringReader(armour)).readObject();
        PrivateKeyInfo info;
        if (read instanceof PKCS8EncryptedPrivateKeyInfo sealed) {
            info = sealed.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                    .setProvider("BC").build(job.text("password").toCharArray()));
        } else {
            info = (PrivateKeyInfo) read;
        }
        return Map.of("public", publicHex(PrivateKeyFactory.createKey(info)));
    }

    private static String publicHex(AsymmetricKeyParameter key) {
        ECPrivateKeyParameters ours = (ECPrivateKeyParameters) key;
        return Job.publicHex(new ECPublicKeyParameters(new FixedPointCombMultiplier()
                .multiply(ours.getParameters().getG(), ours.getD()), ours.getParameters()));
    }

    /** raw-sign key=K in=FILE out=SIG. */
    static Map<String, String> sign(Job job) throws Exception {
        PrivateKey key = job.key("key");
        Signature signature = Signature.getInstance(Certificates.signatureName(key), "BC");
        signature.initSign(key);
        signature.update(job.bytes("in"));
        job.write("out", signature.sign());
        return Map.of();
    }

    /** raw-verify certificate=C in=FILE signature=SIG. */
    static Map<String, String> verify(Job job) throws Exception {
        X509Certificate certificate = job.certificate("certificate");
        Signature signature = Signature.getInstance(
                Certificates.isSm2(certificate.getPublicKey()) ? "SM3withSM2" : "SHA256withECDSA",
                "BC");
        signature.initVerify(certificate.getPublicKey());
        signature.update(job.bytes("in"));
        if (!signature.verify(job.bytes("signature"))) {
            throw new Refused("the signature does not verify");
        }
        return Map.of();
    }

    /** raw-encrypt certificate=C in=FILE out=FILE: 04, then C1 C3 C2. */
    static Map<String, String> encrypt(Job job) throws Exception {
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(true, new ParametersWithRandom(Job.publicKey(job.certificate("certificate"))));
        byte[] message = job.bytes("in");
        job.write("out", engine.processBlock(message, 0, message.length));
        return Map.of();
    }

    /** raw-decrypt key=K in=FILE out=FILE: a DER SM2Cipher or 04, then C1 C3 C2. */
    static Map<String, String> decrypt(Job job) throws Exception {
        byte[] cipher = job.bytes("in");
        if (cipher[0] == 0x30) {
            cipher = plainOrder(ASN1Sequence.getInstance(cipher));
        }
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, PrivateKeyFactory.createKey(job.key("key").getEncoded()));
        job.write("out", engine.processBlock(cipher, 0, cipher.length));
        return Map.of();
    }

    private static byte[] plainOrder(ASN1Sequence parts) {
        byte[] x = org.bouncycastle.util.BigIntegers.asUnsignedByteArray(32,
                org.bouncycastle.asn1.ASN1Integer.getInstance(parts.getObjectAt(0)).getValue());
        byte[] y = org.bouncycastle.util.BigIntegers.asUnsignedByteArray(32,
                org.bouncycastle.asn1.ASN1Integer.getInstance(parts.getObjectAt(1)).getValue());
        byte[] hash = org.bouncycastle.asn1.ASN1OctetString.getInstance(parts.getObjectAt(2))
                .getOctets();
        byte[] body = org.bouncycastle.asn1.ASN1OctetString.getInstance(parts.getObjectAt(3))
                .getOctets();
        return org.bouncycastle.util.Arrays.concatenate(new byte[][] {{4}, x, y, hash, body});
    }
}
