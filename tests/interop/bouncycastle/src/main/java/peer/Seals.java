package peer;

import java.io.ByteArrayInputStream;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.util.Arrays;
import org.bouncycastle.util.encoders.Hex;

/** GB/T 38540 structures, read field by field as the standard's ASN.1 has them. */
final class Seals {
    private static final String SM2_WITH_SM3 = "1.2.156.10197.1.501";

    private Seals() {}

    /** seal-verify in=FILE: SESeal of version 4 or 5. */
    static Map<String, String> verifySeal(Job job) throws Exception {
        byte[] bytes = job.bytes("in");
        Map<String, String> facts = new TreeMap<>();
        seal(strict(bytes), facts);
        return facts;
    }

    /** seal-signature-verify in=FILE: SES_Signature of version 4 or 5, the seal inside it too. */
    static Map<String, String> verifySignature(Job job) throws Exception {
        ASN1Sequence outer = ASN1Sequence.getInstance(strict(job.bytes("in")));
        Map<String, String> facts = new TreeMap<>();
        ASN1Sequence tbs = ASN1Sequence.getInstance(outer.getObjectAt(0));
        facts.put("stated", ASN1Integer.getInstance(tbs.getObjectAt(0)).getValue().toString());
        seal(tbs.getObjectAt(1).toASN1Primitive(), facts);
        facts.put("time", ASN1GeneralizedTime.getInstance(tbs.getObjectAt(2)).getTimeString());
        facts.put("dataHash", Hex.toHexString(ASN1BitString.getInstance(tbs.getObjectAt(3)).getOctets()));
        facts.put("property", ASN1IA5String.getInstance(tbs.getObjectAt(4)).getString());
        check(tbs, outer.getObjectAt(1), outer.getObjectAt(2), outer.getObjectAt(3));
        facts.put("timestamp", timestamp(outer, 4));
        return facts;
    }

    private static void seal(ASN1Primitive primitive, Map<String, String> facts) throws Exception {
        ASN1Sequence seal = ASN1Sequence.getInstance(primitive);
        ASN1Sequence info = ASN1Sequence.getInstance(seal.getObjectAt(0));
        ASN1Sequence header = ASN1Sequence.getInstance(info.getObjectAt(0));
        if (!ASN1IA5String.getInstance(header.getObjectAt(0)).getString().equals("ES")) {
            throw new Refused("the header does not begin with ES");
        }
        facts.put("version", ASN1Integer.getInstance(header.getObjectAt(1)).getValue().toString());
        ASN1IA5String.getInstance(header.getObjectAt(2));
        facts.put("id", ASN1IA5String.getInstance(info.getObjectAt(1)).getString());
        ASN1Sequence property = ASN1Sequence.getInstance(info.getObjectAt(2));
        facts.put("name", ASN1UTF8String.getInstance(property.getObjectAt(1)).getString());
        boolean whole = ASN1Integer.getInstance(property.getObjectAt(2)).intValueExact() == 1;
        ASN1Sequence list = ASN1Sequence.getInstance(property.getObjectAt(3));
        for (int i = 0; i < list.size(); i++) {
            if (whole) {
                certificate(ASN1OctetString.getInstance(list.getObjectAt(i)).getOctets());
            } else {
                ASN1Sequence.getInstance(list.getObjectAt(i));
            }
        }
        facts.put("holders", Integer.toString(list.size()));
        for (int i = 4; i <= 6; i++) {
            ASN1GeneralizedTime.getInstance(property.getObjectAt(i)).getDate();
        }
        ASN1Sequence picture = ASN1Sequence.getInstance(info.getObjectAt(3));
        facts.put("picture", ASN1IA5String.getInstance(picture.getObjectAt(0)).getString()
                + " " + ASN1Integer.getInstance(picture.getObjectAt(2)).getValue()
                + "x" + ASN1Integer.getInstance(picture.getObjectAt(3)).getValue());
        check(info, seal.getObjectAt(1), seal.getObjectAt(2), seal.getObjectAt(3));
        facts.put("sealTimestamp", timestamp(seal, 4));
    }

    private static String timestamp(ASN1Sequence sequence, int index) {
        if (sequence.size() <= index) {
            return "none";
        }
        ASN1TaggedObject tagged = ASN1TaggedObject.getInstance(sequence.getObjectAt(index));
        return ASN1BitString.getInstance(tagged, true).getOctets().length > 0 ? "there" : "empty";
    }

    private static void check(
            ASN1Sequence signed, Object certificate, Object algorithm, Object value) throws Exception {
        if (!ASN1ObjectIdentifier.getInstance(algorithm).getId().equals(SM2_WITH_SM3)) {
            throw new Refused("another algorithm");
        }
        Signature verifier = Signature.getInstance("SM3withSM2", "BC");
        verifier.initVerify(certificate(ASN1OctetString.getInstance(certificate).getOctets()).getPublicKey());
        verifier.update(signed.getEncoded(ASN1Encoding.DER));
        if (!verifier.verify(ASN1BitString.getInstance(value).getOctets())) {
            throw new Refused("the signature value is wrong");
        }
    }

    private static X509Certificate certificate(byte[] der) throws Exception {
        return (X509Certificate) Job.factory().generateCertificate(new ByteArrayInputStream(der));
    }

    /** What is read has to be DER already. */
    private static ASN1Primitive strict(byte[] bytes) throws Exception {
        ASN1Primitive read = ASN1Primitive.fromByteArray(bytes);
        if (!Arrays.areEqual(read.getEncoded(ASN1Encoding.DER), bytes)) {
            throw new Refused("not DER");
        }
        return read;
    }
}
