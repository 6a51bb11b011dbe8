package peer;

import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** One request: its values by name, and the files they name. */
final class Job {
    private final Map<String, String> values = new HashMap<>();

    Job(String[] words) throws Refused {
        for (int i = 1; i < words.length; i++) {
            int cut = words[i].indexOf('=');
            if (cut < 0) {
                throw new Refused("not NAME=VALUE: " + words[i]);
            }
            values.put(words[i].substring(0, cut), words[i].substring(cut + 1));
        }
    }

    boolean is(String name, String value) {
        return value.equals(values.get(name));
    }

    String text(String name) throws Refused {
        String value = values.get(name);
        if (value == null) {
            throw new Refused("the job has no " + name);
        }
        return value;
    }

    Path path(String name) throws Refused {
        return Path.of(text(name));
    }

    byte[] bytes(String name) throws Exception {
        return Files.readAllBytes(path(name));
    }

    X509Certificate certificate(String name) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", "BC");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(bytes(name)));
    }

    PrivateKey key(String name) throws Exception {
        return BouncyCastleProvider.getPrivateKey(PrivateKeyInfo.getInstance(bytes(name)));
    }
}
