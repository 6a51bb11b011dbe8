package peer;

import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.nio.file.Files;
import java.util.Date;
import java.util.Map;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1UTCTime;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERUTCTime;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ofdrw.gm.ses.v1.SES_ESPictrueInfo;
import org.ofdrw.gm.ses.v1.SES_ESPropertyInfo;
import org.ofdrw.gm.ses.v1.SES_Header;
import org.ofdrw.gm.ses.v1.SES_SealInfo;
import org.ofdrw.gm.ses.v1.SES_SignInfo;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.ExtendSignatureContainer;
import org.ofdrw.sign.OFDSigner;
import org.ofdrw.sign.SignMode;
import org.ofdrw.sign.signContainer.DigitalSignContainer;
import org.ofdrw.sign.signContainer.GBT35275DSContainer;
import org.ofdrw.sign.signContainer.GBT35275PKCS9DSContainer;
import org.ofdrw.sign.signContainer.SESV1Container;
import org.ofdrw.sign.signContainer.SESV4Container;
import org.ofdrw.sign.stamppos.NormalStampPos;
import org.ofdrw.sign.stamppos.RidingStampPos;
import org.ofdrw.sign.stamppos.Side;

/** ofdrw seals and signs. */
final class Signing {
    private Signing() {}

    /** kind v1, v4, digest, attributes or bare; place page, left or right; mode open or whole. */
    static Map<String, String> sign(Job job) throws Exception {
        PrivateKey key = job.key("key");
        X509Certificate certificate = job.certificate("certificate");
        ExtendSignatureContainer container;
        switch (job.text("kind")) {
            case "v1":
                container = new SESV1Container(
                        key, org.ofdrw.gm.ses.v1.SESeal.getInstance(job.bytes("seal")), certificate);
                break;
            case "v4":
                container = new SESV4Container(
                        key, org.ofdrw.gm.ses.v4.SESeal.getInstance(job.bytes("seal")), certificate);
                break;
            case "digest":
                container = new GBT35275DSContainer(certificate, key);
                break;
            case "attributes":
                container = new GBT35275PKCS9DSContainer(certificate, key);
                break;
            case "bare":
                container = new DigitalSignContainer(key);
                break;
            default:
                throw new Refused("unknown kind");
        }
        try (OFDReader reader = new OFDReader(job.path("in"));
                OFDSigner signer = new OFDSigner(reader, job.path("out"))) {
            signer.setSignContainer(container);
            signer.setSignMode(job.is("mode", "whole") ? SignMode.WholeProtected : SignMode.ContinueSign);
            switch (job.text("place")) {
                case "page":
                    signer.addApPos(new NormalStampPos(1, 120, 200, 40, 40));
                    break;
                case "left":
                    signer.addApPos(new RidingStampPos(Side.Left, 40, 40));
                    break;
                case "right":
                    signer.addApPos(new RidingStampPos(Side.Right, 40, 40));
                    break;
                default:
                    break;
            }
            signer.exeSign();
        }
        return Map.of();
    }

    /** A seal of GM/T 0031-2014, which nobody else makes any more. */
    static Map<String, String> oldSeal(Job job) throws Exception {
        X509Certificate maker = job.certificate("maker-certificate");
        X509Certificate holder = job.certificate("certificate");
        ASN1EncodableVector list = new ASN1EncodableVector();
        list.add(new DEROctetString(holder.getEncoded()));
        SES_ESPropertyInfo property = new SES_ESPropertyInfo()
                .setType(SES_ESPropertyInfo.OrgType)
                .setName("old seal")
                .setCertList(new DERSequence(list))
                .setCreateDate(utc(holder.getNotBefore()))
                .setValidStart(utc(holder.getNotBefore()))
                .setValidEnd(utc(holder.getNotAfter()));
        SES_SealInfo info = new SES_SealInfo()
                .setHeader(new SES_Header().setVersion(1).setVid("ofdrw"))
                .setEsID("00000000000001")
                .setProperty(property)
                .setPicture(new SES_ESPictrueInfo()
                        .setType("PNG").setData(job.bytes("picture")).setWidth(40).setHeight(40));
        DEROctetString certificate = new DEROctetString(maker.getEncoded());
        ASN1EncodableVector signed = new ASN1EncodableVector();
        signed.add(info);
        signed.add(certificate);
        signed.add(GMObjectIdentifiers.sm2sign_with_sm3);
        Signature signature = Signature.getInstance("SM3withSM2", new BouncyCastleProvider());
        signature.initSign(job.key("maker-key"));
        signature.update(new DERSequence(signed).getEncoded("DER"));
        SES_SignInfo value = new SES_SignInfo()
                .setCert(certificate)
                .setSignatureAlgorithm(GMObjectIdentifiers.sm2sign_with_sm3)
                .setSignData(signature.sign());
        Files.write(job.path("out"), new org.ofdrw.gm.ses.v1.SESeal(info, value).getEncoded("DER"));
        return Map.of();
    }

    private static ASN1UTCTime utc(Date date) {
        return new DERUTCTime(date);
    }
}
