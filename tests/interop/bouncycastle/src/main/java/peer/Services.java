package peer;

import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.security.MessageDigest;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cert.ocsp.jcajce.JcaBasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.jcajce.JcaCertificateID;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/** Timestamps and certificate status. */
final class Services {
    private static final String POLICY = "1.3.6.1.4.1.99999.1";

    private Services() {}

    private static ASN1ObjectIdentifier digest(Job job) {
        return job.is("digest", "sha256") ? TSPAlgorithms.SHA256 : TSPAlgorithms.SM3;
    }

    private static byte[] hash(Job job, String name) throws Exception {
        String digest = job.is("digest", "sha256") ? "SHA-256" : "SM3";
        return MessageDigest.getInstance(digest, "BC").digest(job.bytes(name));
    }

    private static DigestCalculatorProvider digests() throws Exception {
        return new JcaDigestCalculatorProviderBuilder().setProvider("BC").build();
    }

    /** timestamp-query in=FILE out=TSQ [digest=sm3|sha256]. */
    static Map<String, String> timestampQuery(Job job) throws Exception {
        TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
        generator.setCertReq(true);
        TimeStampRequest request = generator.generate(digest(job), hash(job, "in"),
                new BigInteger(63, new SecureRandom()));
        job.write("out", request.getEncoded());
        return Map.of();
    }

    /** timestamp-answer in=TSQ key=K certificate=C [chain=F] out=TSR [digest=…]. */
    static Map<String, String> timestampAnswer(Job job) throws Exception {
        PrivateKey key = job.key("key");
        X509Certificate certificate = job.certificate("certificate");
        ASN1ObjectIdentifier hash =
                Certificates.isSm2(key) ? GMObjectIdentifiers.sm3 : TSPAlgorithms.SHA256;
        DigestCalculator forCertificate = digests().get(new AlgorithmIdentifier(hash));
        TimeStampTokenGenerator tokens = new TimeStampTokenGenerator(
                new JcaSignerInfoGeneratorBuilder(digests())
                        .build(Certificates.signer(key), certificate),
                forCertificate, new ASN1ObjectIdentifier(POLICY));
        List<X509Certificate> chain = new java.util.ArrayList<>(List.of(certificate));
        chain.addAll(job.certificates("chain"));
        tokens.addCertificates(new JcaCertStore(chain));
        TimeStampResponseGenerator answers = new TimeStampResponseGenerator(tokens,
                Set.of(TSPAlgorithms.SM3.getId(), TSPAlgorithms.SHA256.getId()));
        TimeStampResponse answer = answers.generate(new TimeStampRequest(job.bytes("in")),
                new BigInteger(63, new SecureRandom()), new Date());
        if (answer.getTimeStampToken() == null) {
            throw new Refused("status " + answer.getStatus() + " " + answer.getStatusString());
        }
        job.write("out", answer.getEncoded());
        if (job.has("token")) {
            job.write("token", answer.getTimeStampToken().getEncoded());
        }
        return Map.of();
    }

    /** timestamp-verify query=TSQ in=TSR certificate=C content=FILE [digest=…]. */
    static Map<String, String> timestampVerify(Job job) throws Exception {
        TimeStampResponse answer = new TimeStampResponse(job.bytes("in"));
        answer.validate(new TimeStampRequest(job.bytes("query")));
        TimeStampToken token = answer.getTimeStampToken();
        if (token == null) {
            throw new Refused("status " + answer.getStatus() + " " + answer.getStatusString());
        }
        token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC")
                .build(job.certificate("certificate")));
        if (!MessageDigest.isEqual(token.getTimeStampInfo().getMessageImprintDigest(),
                hash(job, "content"))) {
            throw new Refused("the imprint is of something else");
        }
        AttributeTable signed = token.getSignedAttributes();
        return Map.of("time", token.getTimeStampInfo().getGenTime().toInstant().toString(),
                "attributes", Integer.toString(signed.size()));
    }

    private static DigestCalculator idDigest(Job job) throws Exception {
        return digests().get(job.is("digest", "sha256")
                ? new AlgorithmIdentifier(TSPAlgorithms.SHA256)
                : job.is("digest", "sha1") ? CertificateID.HASH_SHA1
                : new AlgorithmIdentifier(GMObjectIdentifiers.sm3));
    }

    /** ocsp-query issuer=C certificate=C out=REQ [digest=sm3|sha256|sha1]. */
    static Map<String, String> ocspQuery(Job job) throws Exception {
        OCSPReq request = new OCSPReqBuilder().addRequest(new JcaCertificateID(idDigest(job),
                job.certificate("issuer"), job.certificate("certificate").getSerialNumber()))
                .build();
        job.write("out", request.getEncoded());
        return Map.of();
    }

    /** ocsp-answer in=REQ key=K certificate=RESPONDER out=RESP status=good|revoked. */
    static Map<String, String> ocspAnswer(Job job) throws Exception {
        X509Certificate responder = job.certificate("certificate");
        JcaBasicOCSPRespBuilder builder =
                new JcaBasicOCSPRespBuilder(responder.getSubjectX500Principal());
        Date now = new Date();
        for (Req one : new OCSPReq(job.bytes("in")).getRequestList()) {
            CertificateStatus status = job.is("status", "revoked")
                    ? new RevokedStatus(new Date(now.getTime() - 60_000), CRLReason.keyCompromise)
                    : CertificateStatus.GOOD;
            builder.addResponse(one.getCertID(), status, new Date(now.getTime() - 1000),
                    new Date(now.getTime() + 3_600_000));
        }
        BasicOCSPResp basic = builder.build(Certificates.signer(job.key("key")),
                new X509CertificateHolder[] {new JcaX509CertificateHolder(responder)}, now);
        job.write("out",
                new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());
        return Map.of();
    }

    /** ocsp-verify in=RESP responder=C issuer=C certificate=C [digest=…]. */
    static Map<String, String> ocspVerify(Job job) throws Exception {
        OCSPResp answer = new OCSPResp(job.bytes("in"));
        if (answer.getStatus() != OCSPResp.SUCCESSFUL) {
            throw new Refused("response status " + answer.getStatus());
        }
        BasicOCSPResp basic = (BasicOCSPResp) answer.getResponseObject();
        if (!basic.isSignatureValid(new JcaContentVerifierProviderBuilder().setProvider("BC")
                .build(job.certificate("responder")))) {
            throw new Refused("the answer's signature does not verify");
        }
        CertificateID wanted = new JcaCertificateID(idDigest(job), job.certificate("issuer"),
                job.certificate("certificate").getSerialNumber());
        for (SingleResp one : basic.getResponses()) {
            if (one.getCertID().equals(wanted)) {
                Object status = one.getCertStatus();
                return Map.of("status", status == CertificateStatus.GOOD ? "good"
                        : status instanceof RevokedStatus ? "revoked" : "unknown");
            }
        }
        throw new Refused("no answer for this certificate");
    }
}
