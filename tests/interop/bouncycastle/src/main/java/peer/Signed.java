package peer;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.Arrays;

/** SignedData. */
final class Signed {
    private Signed() {}

    /**
     * cms-sign in=FILE key=K certificate=C [chain=F] out=FILE [detached=yes] [attributes=no]:
     * always RFC 5652 with the signature algorithm .1.501 for SM2.
     */
    static Map<String, String> sign(Job job) throws Exception {
        PrivateKey key = job.key("key");
        X509Certificate certificate = job.certificate("certificate");
        JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(
                new JcaDigestCalculatorProviderBuilder().setProvider("BC").build());
        builder.setDirectSignature(job.is("attributes", "no"));
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(builder.build(Certificates.signer(key), certificate));
        List<X509Certificate> chain = new ArrayList<>(List.of(certificate));
        chain.addAll(job.certificates("chain"));
        generator.addCertificates(new JcaCertStore(chain));
        CMSSignedData message = generator.generate(
                new CMSProcessableByteArray(job.bytes("in")), !job.is("detached", "yes"));
        job.write("out", message.getEncoded());
        return Map.of();
    }

    private static CMSSignedData read(Job job) throws Exception {
        return job.has("content")
                ? new CMSSignedData(new CMSProcessableByteArray(job.bytes("content")), job.der("in"))
                : new CMSSignedData(job.der("in"));
    }

    private static X509Certificate signerOf(CMSSignedData message, SignerInformation signer)
            throws Exception {
        @SuppressWarnings("unchecked")
        Collection<X509CertificateHolder> found =
                message.getCertificates().getMatches(signer.getSID());
        if (found.size() != 1) {
            throw new Refused(found.size() + " certificates match the signer");
        }
        return new JcaX509CertificateConverter().setProvider("BC")
                .getCertificate(found.iterator().next());
    }

    /** cms-verify in=FILE [content=FILE]: BouncyCastle's own check of the whole. */
    static Map<String, String> verify(Job job) throws Exception {
        CMSSignedData message = read(job);
        Collection<SignerInformation> signers = message.getSignerInfos().getSigners();
        if (signers.isEmpty()) {
            throw new Refused("no signers");
        }
        for (SignerInformation signer : signers) {
            if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC")
                    .build(signerOf(message, signer)))) {
                throw new Refused("the signature does not verify");
            }
        }
        return Map.of("signers", Integer.toString(signers.size()));
    }

    /**
     * cms-verify-value in=FILE [content=FILE]: the signature value by the bare SM2 signer, over
     * the attribute bytes, and the message digest by the bare SM3. For the algorithm .301.1,
     * which BouncyCastle's own check of the whole does not know.
     */
    static Map<String, String> verifyValue(Job job) throws Exception {
        CMSSignedData message = read(job);
        byte[] content = job.has("content") ? job.bytes("content")
                : (byte[]) message.getSignedContent().getContent();
        for (SignerInformation signer : message.getSignerInfos().getSigners()) {
            byte[] signed = signer.getEncodedSignedAttributes();
            if (signed == null) {
                signed = content;
            } else {
                SM3Digest digest = new SM3Digest();
                digest.update(content, 0, content.length);
                byte[] value = new byte[32];
                digest.doFinal(value, 0);
                byte[] claimed = ASN1OctetString.getInstance(signer.getSignedAttributes()
                        .get(CMSAttributes.messageDigest).getAttrValues().getObjectAt(0))
                        .getOctets();
                if (!Arrays.areEqual(value, claimed)) {
                    throw new Refused("messageDigest is not the content's SM3");
                }
            }
            SM2Signer sm2 = new SM2Signer();
            sm2.init(false, Job.publicKey(signerOf(message, signer)));
            sm2.update(signed, 0, signed.length);
            if (!sm2.verifySignature(signer.getSignature())) {
                throw new Refused("the signature value does not verify");
            }
        }
        return Map.of("signers", Integer.toString(message.getSignerInfos().size()));
    }
}
