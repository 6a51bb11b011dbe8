package peer;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/** Certificates, requests and revocation lists. */
final class Certificates {
    private static final long HOUR = 3_600_000L;

    private record Pair(X509Certificate certificate, PrivateKey key) {}

    private Certificates() {}

    static String signatureName(PrivateKey key) {
        return isSm2(key) ? "SM3withSM2" : "SHA256withECDSA";
    }

    static boolean isSm2(java.security.Key key) {
        org.bouncycastle.jce.interfaces.ECKey curve = (org.bouncycastle.jce.interfaces.ECKey) key;
        return curve.getParameters().getN().equals(
                org.bouncycastle.asn1.gm.GMNamedCurves.getByName("sm2p256v1").getN());
    }

    static ContentSigner signer(PrivateKey key) throws Exception {
        return new JcaContentSignerBuilder(signatureName(key)).setProvider("BC").build(key);
    }

    /**
     * chain dir=DIR [algorithm=sm2|p256]: a root, an issuing CA, a holder's dual certificates, a
     * revoked one, a timestamp authority, each NAME.pem with NAME.key; chain.pem and crl.der.
     */
    static Map<String, String> chain(Job job) throws Exception {
        Path dir = Path.of(job.text("dir"));
        Files.createDirectories(dir);
        String curve = job.is("algorithm", "p256") ? "secp256r1" : "sm2p256v1";
        int ca = KeyUsage.keyCertSign | KeyUsage.cRLSign;
        int signing = KeyUsage.digitalSignature | KeyUsage.nonRepudiation;
        int sealing = KeyUsage.keyEncipherment | KeyUsage.dataEncipherment | KeyUsage.keyAgreement;
        Pair root = issue(dir, "root", curve, 1, ca, null, null);
        Pair issuing = issue(dir, "issuing", curve, 2, ca, null, root);
        issue(dir, "sign", curve, 3, signing, null, issuing);
        issue(dir, "encrypt", curve, 4, sealing, null, issuing);
        Pair revoked = issue(dir, "revoked", curve, 5, signing, null, issuing);
        issue(dir, "tsa", curve, 6, signing, KeyPurposeId.id_kp_timeStamping, issuing);
        issue(dir, "ocsp", curve, 7, signing, KeyPurposeId.id_kp_OCSPSigning, issuing);
        Job.writePem(dir.resolve("chain.pem"), "CERTIFICATE", issuing.certificate.getEncoded());

        X500Name name = X500Name.getInstance(
                issuing.certificate.getSubjectX500Principal().getEncoded());
        Date now = new Date();
        X509v2CRLBuilder list = new X509v2CRLBuilder(name, new Date(now.getTime() - HOUR / 60));
        list.setNextUpdate(new Date(now.getTime() + 24 * HOUR));
        list.addCRLEntry(revoked.certificate.getSerialNumber(), new Date(now.getTime() - HOUR / 60),
                CRLReason.keyCompromise);
        list.addExtension(Extension.authorityKeyIdentifier, false,
                new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuing.certificate));
        list.addExtension(Extension.cRLNumber, false,
                new org.bouncycastle.asn1.x509.CRLNumber(BigInteger.TEN));
        Files.write(dir.resolve("crl.der"), list.build(signer(issuing.key)).getEncoded());
        return Map.of();
    }

    private static Pair issue(Path dir, String name, String curve, int serial, int usage,
            KeyPurposeId purpose, Pair by) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec(curve));
        KeyPair keys = generator.generateKeyPair();
        X500Name subject = new X500Name("C=CN,O=TEST ONLY 对端,CN=bouncycastle " + name);
        X500Name issuer = by == null ? subject
                : X500Name.getInstance(by.certificate.getSubjectX500Principal().getEncoded());
        Date now = new Date();
        boolean authority = (usage & KeyUsage.keyCertSign) != 0;
        JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(issuer,
                BigInteger.valueOf(0xBC00L + serial), new Date(now.getTime() - HOUR),
                new Date(now.getTime() + 24 * HOUR), subject, keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        builder.addExtension(Extension.subjectKeyIdentifier, false,
                utils.createSubjectKeyIdentifier(keys.getPublic()));
        if (by != null) {
            builder.addExtension(Extension.authorityKeyIdentifier, false,
                    utils.createAuthorityKeyIdentifier(by.certificate));
        }
        if (purpose != null) {
            builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
        }
        ContentSigner signer = signer(by == null ? keys.getPrivate() : by.key);
        X509Certificate certificate = new JcaX509CertificateConverter().setProvider("BC")
                .getCertificate(builder.build(signer));
        Job.writePem(dir.resolve(name + ".pem"), "CERTIFICATE", certificate.getEncoded());
        Job.writePem(dir.resolve(name + ".key"), "PRIVATE KEY", keys.getPrivate().getEncoded());
        return new Pair(certificate, keys.getPrivate());
    }

    /** certificate-verify leaf=C trust=F [intermediates=F]: PKIX, without revocation. */
    static Map<String, String> verify(Job job) throws Exception {
        List<X509Certificate> path = new ArrayList<>();
        X509Certificate leaf = job.certificate("leaf");
        path.add(leaf);
        List<X509Certificate> between = job.certificates("intermediates");
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate anchor : job.certificates("trust")) {
            anchors.add(new TrustAnchor(anchor, null));
            between.removeIf(anchor::equals);
        }
        path.addAll(between);
        PKIXParameters parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false);
        CertPath chain = Job.factory().generateCertPath(path);
        CertPathValidator.getInstance("PKIX", "BC").validate(chain, parameters);
        return Map.of("subject", leaf.getSubjectX500Principal().getName(),
                "length", Integer.toString(path.size() + 1),
                "public", Job.publicHex(Job.publicKey(leaf)));
    }

    /** csr-create key=K certificate=C out=CSR: asks for the subject of an existing certificate. */
    static Map<String, String> createRequest(Job job) throws Exception {
        X509Certificate like = job.certificate("certificate");
        PKCS10CertificationRequest request = new JcaPKCS10CertificationRequestBuilder(
                like.getSubjectX500Principal(), like.getPublicKey()).build(signer(job.key("key")));
        Job.writePem(Path.of(job.text("out")), "CERTIFICATE REQUEST", request.getEncoded());
        return Map.of();
    }

    /** csr-verify in=CSR. */
    static Map<String, String> verifyRequest(Job job) throws Exception {
        JcaPKCS10CertificationRequest request =
                new JcaPKCS10CertificationRequest(job.der("in")).setProvider("BC");
        if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider("BC")
                .build(request.getPublicKey()))) {
            throw new Refused("the request's signature does not verify");
        }
        return Map.of("subject", request.getSubject().toString(), "public",
                Job.publicHex(PublicKeyFactory.createKey(request.getSubjectPublicKeyInfo())));
    }

    /** crl-verify in=CRL issuer=C certificate=C. */
    static Map<String, String> verifyList(Job job) throws Exception {
        X509CRLHolder list = new X509CRLHolder(job.der("in"));
        X509Certificate issuer = job.certificate("issuer");
        if (!list.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider("BC")
                .build(issuer))) {
            throw new Refused("the list's signature does not verify");
        }
        BigInteger serial = job.certificate("certificate").getSerialNumber();
        return Map.of("revoked", Boolean.toString(list.getRevokedCertificate(serial) != null));
    }
}
