package recipe;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** The one endpoint that pages call, in front of the sidecar: java Recipe SIDECAR SECRET-FILE ORIGIN. */
public final class Recipe {
    private static final Gson JSON = new Gson();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final String sidecar;
    private final String secret;
    private final String origin;
    // Your database, where entries end after a while: visits by nonce, requests by digest, accounts by
    // cookie, and the cookies that were given out.
    private final Map<String, JsonObject> visits = new ConcurrentHashMap<>();
    private final Set<String> cookies = ConcurrentHashMap.newKeySet();
    private final Map<String, JsonObject> requests = new ConcurrentHashMap<>();
    private final Map<String, JsonObject> accounts = new ConcurrentHashMap<>();

    private Recipe(String sidecar, String secret, String origin) {
        this.sidecar = sidecar;
        this.secret = secret;
        this.origin = origin;
    }

    public static void main(String[] args) throws IOException {
        Recipe recipe = new Recipe(args[0], Files.readString(Path.of(args[1])).trim(), args[2]);
        InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpServer server = HttpServer.create(anywhere, 0);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.createContext("/api/yinxin/open", recipe::serve);
        server.start();
        System.out.println("listens on http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            // Calls that another site's page makes carry another origin.
            if (!origin.equals(exchange.getRequestHeaders().getFirst("Origin"))) {
                exchange.sendResponseHeaders(403, -1);
                return;
            }
            String text = new String(exchange.getRequestBody().readNBytes(5 << 20), StandardCharsets.UTF_8);
            Answer answer;
            try {
                JsonObject call = JSON.fromJson(text, JsonObject.class);
                answer = switch (call.get("step").getAsString()) {
                    case "visit" -> visit(exchange);
                    case "open" -> open(cookie(exchange), call);
                    case "result" -> result(exchange, cookie(exchange), call);
                    default -> malformed();
                };
            } catch (JsonParseException | ClassCastException | IllegalStateException
                    | NullPointerException wrong) {
                answer = malformed();
            }
            String kind = answer.status < 300 ? "application/json" : "application/problem+json";
            exchange.getResponseHeaders().set("Content-Type", kind);
            byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private Answer visit(HttpExchange exchange) throws IOException, InterruptedException {
        String cookie = cookie(exchange);
        if (cookie == null) {
            cookie = fresh();
            set(exchange, cookie);
        }
        JsonObject call = new JsonObject();
        call.addProperty("cookie", cookie);
        Answer answer = ask("/v1/visit", call);
        if (answer.status != 200) return answer;
        JsonObject page = answer.json();
        visits.put(page.get("nonce").getAsString(), page.remove("visit").getAsJsonObject());
        if (accounts.containsKey(cookie)) page.add("account", accounts.get(cookie));
        return new Answer(200, JSON.toJson(page));
    }

    private Answer open(String cookie, JsonObject page) throws IOException, InterruptedException {
        if (cookie == null) return new Answer(401, "{\"code\":\"token_wrong\"}");
        // Whose nonce it is the sidecar sees by the cookie.
        JsonObject visit = visits.remove(page.get("nonce").getAsString());
        if (visit == null) return new Answer(400, "{\"code\":\"answer_binding\"}");
        JsonObject call = new JsonObject();
        call.add("scene", page.get("scene"));
        call.add("begin", page.get("begin"));
        call.add("visit", visit);
        call.addProperty("cookie", cookie);
        // Decide here what is signed; this recipe lets the page have its way.
        if (page.has("input")) {
            JsonObject wish = page.getAsJsonObject("input");
            for (String name : new String[] {"display", "payload"}) {
                if (wish.has(name)) call.add(name, wish.get(name));
            }
        }
        JsonObject account = accounts.get(cookie);
        if (account != null && !"login".equals(page.get("scene").getAsString())) {
            JsonObject require = new JsonObject();
            require.add("creditCode", account.get("creditCode"));
            call.add("require", require);
        }
        Answer answer = ask("/v1/open", call);
        if (answer.status != 200) return answer;
        JsonObject opened = answer.json();
        opened.addProperty("cookie", cookie);
        JsonObject forPage = opened.remove("forPage").getAsJsonObject();
        requests.put(opened.get("digest").getAsString(), opened);
        return new Answer(201, JSON.toJson(forPage));
    }

    private Answer result(HttpExchange exchange, String cookie, JsonObject page)
            throws IOException, InterruptedException {
        JsonObject request = requests.get(page.get("digest").getAsString());
        if (request == null || cookie == null) return new Answer(404, "{\"code\":\"session_unknown\"}");
        JsonObject call = new JsonObject();
        Answer answer;
        // Of two answers at once one is the first.
        synchronized (request) {
            call.add("pending", request.get("pending"));
            // The visitor who asked, or the same one under the cookie that the login gave.
            boolean same = request.has("next") && cookie.equals(request.get("next").getAsString());
            call.addProperty("cookie", same ? request.get("cookie").getAsString() : cookie);
            call.add("result", page.get("result"));
            answer = ask("/v1/verify", call);
            if (answer.status != 200) return answer;
            request.add("pending", answer.json().get("pending"));
        }
        JsonObject found = answer.json();
        JsonObject verified = found.getAsJsonObject("answer");
        if ("login".equals(verified.get("scene").getAsString())) {
            // Whoever planted a cookie before the login has nothing of it.
            String next = fresh();
            accounts.put(next, verified.getAsJsonObject("holder"));
            request.addProperty("next", next);
            set(exchange, next);
        }
        JsonObject verdict = new JsonObject();
        for (String name : new String[] {"statementDigest", "holder", "revocationUnknown"}) {
            verdict.add(name, verified.get(name));
        }
        verdict.add("again", found.get("again"));
        if (!found.get("again").getAsBoolean()) {
            Thread later = new Thread(() -> receipt(request, verified.get("statementDigest")));
            later.setDaemon(true);
            later.start();
        }
        return new Answer(200, JSON.toJson(verdict));
    }

    /** Tells the phone that the act counts, as soon as the hub has the page's acknowledgement. */
    private void receipt(JsonObject request, JsonElement statementDigest) {
        JsonObject call = new JsonObject();
        for (String name : new String[] {"sid", "platformToken", "digest"}) call.add(name, request.get(name));
        call.add("statementDigest", statementDigest);
        try {
            for (int tries = 0; tries < 100; tries++) {
                if (ask("/v1/receipt", call).status == 200) return;
                Thread.sleep(200);
            }
        } catch (IOException | InterruptedException unreachable) {
            // The act stands all the same; the phone shows it as delivered.
        }
    }

    /** Asks the sidecar. */
    private Answer ask(String path, JsonObject call) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(sidecar + path))
                .header("Authorization", "Bearer " + secret)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.toJson(call)))
                .build();
        HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(answer.statusCode(), answer.body());
    }

    private static Answer malformed() {
        return new Answer(400, "{\"code\":\"request_malformed\"}");
    }

    private String fresh() {
        byte[] octets = new byte[32];
        new SecureRandom().nextBytes(octets);
        String cookie = Base64.getUrlEncoder().withoutPadding().encodeToString(octets);
        cookies.add(cookie);
        return cookie;
    }

    /** The visitor's cookie, if it was given out here. */
    private String cookie(HttpExchange exchange) {
        String all = exchange.getRequestHeaders().getFirst("Cookie");
        if (all == null) return null;
        for (String pair : all.split(";")) {
            String[] parts = pair.trim().split("=", 2);
            if (parts[0].equals(name()) && parts.length == 2 && cookies.contains(parts[1])) return parts[1];
        }
        return null;
    }

    /** Over TLS no other host of the domain can set it. */
    private String name() {
        return origin.startsWith("https:") ? "__Host-session" : "session";
    }

    private void set(HttpExchange exchange, String cookie) {
        String secure = origin.startsWith("https:") ? "; Secure" : "";
        String value = name() + "=" + cookie + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200" + secure;
        exchange.getResponseHeaders().add("Set-Cookie", value);
    }

    private record Answer(int status, String body) {
        JsonObject json() {
            return JSON.fromJson(body, JsonObject.class);
        }
    }
}
