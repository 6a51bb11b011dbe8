package peer;

import java.io.ByteArrayInputStream;
import java.io.FileWriter;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.encoders.Hex;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;

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

    boolean has(String name) {
        return values.containsKey(name);
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

    byte[] bytes(String name) throws Exception {
        return Files.readAllBytes(Path.of(text(name)));
    }

    /** The bytes of a file, out of its text armour if it has one. */
    byte[] der(String name) throws Exception {
        byte[] bytes = bytes(name);
        if (bytes.length > 0 && bytes[0] == '-') {
            String armour = new String(bytes, StandardCharsets.US_ASCII);
            return new PemReader(new StringReader(armour)).readPemObject().getContent();
        }
        return bytes;
    }

    void write(String name, byte[] bytes) throws Exception {
        Files.write(Path.of(text(name)), bytes);
    }

    X509Certificate certificate(String name) throws Exception {
        return (X509Certificate) factory().generateCertificate(new ByteArrayInputStream(bytes(name)));
    }

    /** Every certificate of a PEM file; an absent name is an empty list. */
    List<X509Certificate> certificates(String name) throws Exception {
        List<X509Certificate> list = new ArrayList<>();
        if (has(name)) {
            Collection<?> read = factory().generateCertificates(new ByteArrayInputStream(bytes(name)));
            read.forEach(one -> list.add((X509Certificate) one));
        }
        return list;
    }

    PrivateKey key(String name) throws Exception {
        return BouncyCastleProvider.getPrivateKey(PrivateKeyInfo.getInstance(der(name)));
    }

    static CertificateFactory factory() throws Exception {
        return CertificateFactory.getInstance("X.509", "BC");
    }

    static AsymmetricKeyParameter publicKey(X509Certificate certificate) throws Exception {
        return PublicKeyFactory.createKey(certificate.getPublicKey().getEncoded());
    }

    static String publicHex(AsymmetricKeyParameter key) {
        return Hex.toHexString(((ECPublicKeyParameters) key).getQ().getEncoded(false));
    }

    static void writePem(Path path, String label, byte[] der) throws Exception {
        try (PemWriter writer = new PemWriter(new FileWriter(path.toFile()))) {
            writer.writeObject(new PemObject(label, der));
        }
    }
}
