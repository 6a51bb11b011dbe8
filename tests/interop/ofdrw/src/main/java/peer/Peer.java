package peer;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.Security;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.ofdrw.sign.OFDSigner;

/**
 * Lets the tests ask ofdrw.
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
        COMMANDS.put("draw", Drawing::draw);
        COMMANDS.put("verify", Verifying::verify);
        COMMANDS.put("sign", Signing::sign);
        COMMANDS.put("seal-v1", Signing::oldSeal);
    }

    private Peer() {}

    public static void main(String[] arguments) {
        Security.addProvider(new BouncyCastleProvider());
        // The libraries print as they please; answers go where nothing else goes.
        PrintStream out = System.out;
        System.setOut(System.err);
        if (arguments.length > 0) {
            String answer = answer(arguments);
            out.println(answer);
            System.exit(answer.startsWith("ok") ? 0 : 1);
        }
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        lines.lines().forEach(line -> {
            out.println(answer(line.split("\t")));
            out.flush();
        });
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

    /** The jar's name says the version; its manifest does not. */
    private static Map<String, String> version(Job job) throws Exception {
        Path jar = Path.of(
                OFDSigner.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        String name = jar.getFileName().toString();
        return Map.of("version", name.replaceAll("^ofdrw-sign-|\\.jar$", ""));
    }
}
