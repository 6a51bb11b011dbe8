package peer;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.Collection;
import java.util.Map;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.KeyAgreeRecipientInformation;
import org.bouncycastle.cms.Recipient;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyAgreeAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.operator.OutputAEADEncryptor;
import org.bouncycastle.operator.OutputEncryptor;

/** EnvelopedData and AuthEnvelopedData. */
final class Enveloped {
    private Enveloped() {}

    /** cms-encrypt in=FILE to=C out=FILE form=cbc|gcm: SM4 for an SM2 key, AES for P-256. */
    static Map<String, String> encrypt(Job job) throws Exception {
        X509Certificate to = job.certificate("to");
        boolean sm2 = Certificates.isSm2(to.getPublicKey());
        RecipientInfoGenerator recipient;
        if (sm2) {
            recipient = new JceKeyTransRecipientInfoGenerator(to,
                    new AlgorithmIdentifier(GMObjectIdentifiers.sm2encrypt_with_sm3))
                    .setProvider("BC");
        } else {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair once = generator.generateKeyPair();
            recipient = new JceKeyAgreeRecipientInfoGenerator(CMSAlgorithm.ECDH_SHA256KDF,
                    once.getPrivate(), once.getPublic(), CMSAlgorithm.AES128_WRAP)
                    .addRecipient(to).setProvider("BC");
        }
        boolean authenticated = job.is("form", "gcm");
        ASN1ObjectIdentifier cipher = sm2
                ? authenticated ? GMObjectIdentifiers.sms4_gcm : CMSAlgorithm.SM4_CBC
                : authenticated ? CMSAlgorithm.AES128_GCM : CMSAlgorithm.AES256_CBC;
        OutputEncryptor encryptor =
                new JceCMSContentEncryptorBuilder(cipher).setProvider("BC").build();
        CMSProcessableByteArray content = new CMSProcessableByteArray(job.bytes("in"));
        if (authenticated) {
            CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient);
            job.write("out",
                    generator.generate(content, (OutputAEADEncryptor) encryptor).getEncoded());
        } else {
            CMSEnvelopedDataGenerator generator = new CMSEnvelopedDataGenerator();
            generator.addRecipientInfoGenerator(recipient);
            job.write("out", generator.generate(content, encryptor).getEncoded());
        }
        return Map.of();
    }

    /** cms-open in=FILE key=K out=FILE. */
    static Map<String, String> open(Job job) throws Exception {
        byte[] der = job.der("in");
        PrivateKey key = job.key("key");
        boolean authenticated = CMSObjectIdentifiers.authEnvelopedData.equals(
                org.bouncycastle.asn1.cms.ContentInfo.getInstance(der).getContentType());
        Collection<RecipientInformation> recipients = authenticated
                ? new CMSAuthEnvelopedData(der).getRecipientInfos().getRecipients()
                : new CMSEnvelopedData(der).getRecipientInfos().getRecipients();
        Exception last = new Refused("no recipients");
        for (RecipientInformation one : recipients) {
            try {
                job.write("out", one.getContent(reader(one, key, authenticated)));
                return Map.of("recipients", Integer.toString(recipients.size()));
            } catch (Exception trouble) {
                last = trouble;
            }
        }
        throw last;
    }

    private static Recipient reader(RecipientInformation one, PrivateKey key, boolean authenticated) {
        if (one instanceof KeyAgreeRecipientInformation) {
            return authenticated
                    ? new JceKeyAgreeAuthEnvelopedRecipient(key).setProvider("BC")
                    : new JceKeyAgreeEnvelopedRecipient(key).setProvider("BC");
        }
        return authenticated
                ? new JceKeyTransAuthEnvelopedRecipient(key).setProvider("BC")
                : new JceKeyTransEnvelopedRecipient(key).setProvider("BC");
    }
}
