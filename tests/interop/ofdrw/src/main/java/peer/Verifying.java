package peer;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.ofdrw.core.signatures.SigType;
import org.ofdrw.gm.ses.parse.SESVersion;
import org.ofdrw.gm.ses.parse.VersionParser;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.verify.OFDValidator;
import org.ofdrw.sign.verify.SignedDataValidateContainer;
import org.ofdrw.sign.verify.container.DigitalValidateContainer;
import org.ofdrw.sign.verify.container.GBT35275ValidateContainer;
import org.ofdrw.sign.verify.container.SESV1ValidateContainer;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;
import org.ofdrw.sign.verify.exceptions.InvalidSignedValueException;

/** ofdrw's own validator, with the container that fits each value. */
final class Verifying {
    private Verifying() {}

    static Map<String, String> verify(Job job) throws Exception {
        Each each = new Each(job.certificate("certificate"));
        try (OFDReader reader = new OFDReader(job.path("in"));
                OFDValidator validator = new OFDValidator(reader)) {
            validator.setValidator(each);
            validator.exeValidate();
        }
        return Map.of("signatures", Integer.toString(each.count));
    }

    private static final class Each implements SignedDataValidateContainer {
        private final X509Certificate certificate;
        private int count;

        Each(X509Certificate certificate) {
            this.certificate = certificate;
        }

        @Override
        public void validate(SigType type, String alg, byte[] content, byte[] value)
                throws InvalidSignedValueException, GeneralSecurityException {
            try {
                fitting(type, value).validate(type, alg, content, value);
            } catch (IOException trouble) {
                throw new InvalidSignedValueException(trouble.toString());
            }
            count++;
        }

        private SignedDataValidateContainer fitting(SigType type, byte[] value) {
            if (type == SigType.Sign) {
                boolean bare =
                        ASN1Sequence.getInstance(value).getObjectAt(0) instanceof ASN1Integer;
                return bare ? new DigitalValidateContainer(certificate) : new GBT35275ValidateContainer();
            }
            try {
                boolean old = VersionParser.parseSES_SignatureVersion(value).getVersion() == SESVersion.v1;
                return old ? new SESV1ValidateContainer() : new SESV4ValidateContainer();
            } catch (Exception trouble) {
                throw new IllegalArgumentException(trouble);
            }
        }
    }
}
