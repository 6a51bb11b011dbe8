package peer;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Lets the tests ask BouncyCastle.
 *
 * <p>With arguments it does one job: {@code COMMAND NAME=VALUE...}. Without, it reads jobs from
 * standard input, one a line with tabs between the words, and answers each with one line:
 * {@code ok}, then {@code NAME=VALUE} facts; or {@code refused}, then the library's own words.
 */
public final class Peer {
    /** One command. */
    interface Command {
        Map<String, String> run(Job job) throws Exception;
    }

    private static final Map<String, Command> COMMANDS = new TreeMap<>();

    static {
        COMMANDS.put("version", Peer::version);
        COMMANDS.put("chain", Certificates::chain);
        COMMANDS.put("certificate-verify", Certificates::verify);
        COMMANDS.put("csr-create", Certificates::createRequest);
        COMMANDS.put("csr-verify", Certificates::verifyRequest);
        COMMANDS.put("crl-verify", Certificates::verifyList);
        COMMANDS.put("key-protect", Keys::protect);
        COMMANDS.put("key-open", Keys::open);
        COMMANDS.put("raw-sign", Keys::sign);
        COMMANDS.put("raw-verify", Keys::verify);
        COMMANDS.put("raw-encrypt", Keys::encrypt);
        COMMANDS.put("raw-decrypt", Keys::decrypt);
        COMMANDS.put("cms-sign", Signed::sign);
        COMMANDS.put("cms-verify", Signed::verify);
        COMMANDS.put("cms-verify-value", Signed::verifyValue);
        COMMANDS.put("cms-encrypt", Enveloped::encrypt);
        COMMANDS.put("cms-open", Enveloped::open);
        COMMANDS.put("seal-verify", Seals::verifySeal);
        COMMANDS.put("seal-signature-verify", Seals::verifySignature);
        COMMANDS.put("timestamp-query", Services::timestampQuery);
        COMMANDS.put("timestamp-answer", Services::timestampAnswer);
        COMMANDS.put("timestamp-verify", Services::timestampVerify);
        COMMANDS.put("ocsp-query", Services::ocspQuery);
        COMMANDS.put("ocsp-answer", Services::ocspAnswer);
        COMMANDS.put("ocsp-verify", Services::ocspVerify);
    }

    private Peer() {}

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (arguments.length > 0) {
            String answer = answer(arguments);
            out.println(answer);
            System.exit(answer.startsWith("ok") ? 0 : 1);
        }
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.println(answer(line.split("\t")));
        }
    }

    private static String answer(String[] words) {
        try {
            Command command = COMMANDS.get(words[0]);
            if (command == null) {
                throw new Refused("unknown command " + words[0]);
            }
            StringBuilder line = new StringBuilder("ok");
            for (Map.Entry<String, String> fact : command.run(new Job(words)).entrySet()) {
                line.append('\t').append(fact.getKey()).append('=').append(oneLine(fact.getValue()));
            }
            return line.toString();
        } catch (Exception | Error trouble) {
            StringBuilder line = new StringBuilder("refused\t");
            for (Throwable t = trouble; t != null; t = t.getCause()) {
                line.append(t == trouble ? "" : " <- ").append(oneLine(t.toString()));
            }
            return line.toString();
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("[\\r\\n\\t]", " ");
    }

    private static Map<String, String> version(Job job) {
        return Map.of("version", Security.getProvider("BC").getVersionStr());
    }
}
