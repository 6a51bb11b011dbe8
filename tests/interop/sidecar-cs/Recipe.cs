// The one endpoint that pages call, in front of the sidecar: Recipe SIDECAR SECRET-FILE ORIGIN.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using System.Web.Script.Serialization;
using Json = System.Collections.Generic.Dictionary<string, object>;

/// <summary>What goes to the page as it is.</summary>
sealed class Refusal : Exception
{
    public readonly int Status;
    public readonly string Body;

    public Refusal(int status, string body) : base(body)
    {
        Status = status;
        Body = body;
    }

    public static Refusal Of(int status, string code)
    {
        return new Refusal(status, "{\"code\":\"" + code + "\"}");
    }
}

/// <summary>A request that waits for its answer.</summary>
sealed class Request
{
    public readonly SemaphoreSlim Turn = new SemaphoreSlim(1);
    public string Cookie, Next, Digest, Sid, PlatformToken;
    public object Pending;
}

sealed class Recipe
{
    const int Largest = 5 << 20;
    static readonly JavaScriptSerializer Text = new JavaScriptSerializer { MaxJsonLength = int.MaxValue };
    static readonly HttpClient Http = new HttpClient();

    // What has to be known, and your database, where entries end after a while.
    readonly string sidecar, secret, origin;
    readonly ConcurrentDictionary<string, object> visits = new ConcurrentDictionary<string, object>(); // by nonce
    readonly ConcurrentDictionary<string, Request> requests = new ConcurrentDictionary<string, Request>(); // by digest
    readonly ConcurrentDictionary<string, Json> accounts = new ConcurrentDictionary<string, Json>(); // by cookie
    readonly ConcurrentDictionary<string, bool> cookies = new ConcurrentDictionary<string, bool>(); // that were given out

    Recipe(string sidecar, string secret, string origin)
    {
        this.sidecar = sidecar;
        this.secret = secret;
        this.origin = origin;
    }

    static void Main(string[] args)
    {
        var recipe = new Recipe(args[0], File.ReadAllText(args[1]).Trim(), args[2]);
        var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var listener = new HttpListener();
        listener.Prefixes.Add("http://127.0.0.1:" + port + "/");
        listener.Start();
        Console.WriteLine("listens on http://127.0.0.1:" + port);
        while (true)
        {
            var context = listener.GetContext();
            Task.Run(() => recipe.Serve(context));
        }
    }

    async Task Serve(HttpListenerContext context)
    {
        int status;
        string body, kind = "application/json";
        try
        {
            var answer = await Answer(context);
            status = answer.Key;
            body = answer.Value;
        }
        catch (Refusal refusal)
        {
            status = refusal.Status;
            body = refusal.Body;
            kind = "application/problem+json";
        }
        catch (Exception error)
        {
            Console.Error.WriteLine(error.Message);
            status = 502;
            body = "{\"code\":\"sidecar_silent\"}";
            kind = "application/problem+json";
        }
        var octets = Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = kind;
        context.Response.ContentLength64 = octets.Length;
        context.Response.OutputStream.Write(octets, 0, octets.Length);
        context.Response.Close();
    }

    async Task<KeyValuePair<int, string>> Answer(HttpListenerContext context)
    {
        var incoming = context.Request;
        if (incoming.HttpMethod != "POST" || incoming.Url.AbsolutePath != "/api/yinxin/open")
        {
            throw Refusal.Of(404, "not_found");
        }
        // Calls that another site's page makes carry another origin.
        if (incoming.Headers["Origin"] != origin) throw Refusal.Of(403, "origin_unregistered");
        var call = Read(incoming);
        var cookie = Cookie(incoming);
        switch (Word(call, "step"))
        {
            case "visit": return await Visit(context.Response, cookie);
            case "open": return await Open(cookie, call);
            case "result": return await Result(context.Response, cookie, call);
            default: throw Refusal.Of(400, "request_malformed");
        }
    }

    async Task<KeyValuePair<int, string>> Visit(HttpListenerResponse response, string cookie)
    {
        if (cookie == null)
        {
            cookie = Fresh();
            Set(response, cookie);
        }
        var page = await Ask("/v1/visit", new Json { { "cookie", cookie } });
        visits[Word(page, "nonce")] = page["visit"];
        page.Remove("visit");
        Json account;
        if (accounts.TryGetValue(cookie, out account)) page["account"] = account;
        return Say(200, page);
    }

    async Task<KeyValuePair<int, string>> Open(string cookie, Json page)
    {
        if (cookie == null) throw Refusal.Of(401, "token_wrong");
        // Whose nonce it is the sidecar sees by the cookie.
        object visit;
        if (!visits.TryRemove(Word(page, "nonce") ?? "", out visit)) throw Refusal.Of(400, "answer_binding");
        var call = new Json { { "scene", Member(page, "scene") }, { "begin", Member(page, "begin") }, { "visit", visit }, { "cookie", cookie } };
        // Decide here what is signed; this recipe lets the page have its way.
        var input = Member(page, "input") as Json ?? new Json();
        foreach (var name in new[] { "display", "payload" })
        {
            if (Member(input, name) != null) call[name] = input[name];
        }
        Json account;
        if (Word(page, "scene") != "login" && accounts.TryGetValue(cookie, out account))
        {
            // A name alone holds nobody to a signature: require the person's subject here.
            var code = Word(account, "creditCode");
            if (code == null) throw Refusal.Of(403, "account_subject_missing");
            call["require"] = new Json { { "creditCode", code } };
        }
        var opened = await Ask("/v1/open", call);
        var digest = Word(opened, "digest");
        requests[digest] = new Request
        {
            Cookie = cookie,
            Digest = digest,
            Sid = Word(opened, "sid"),
            PlatformToken = Word(opened, "platformToken"),
            Pending = opened["pending"],
        };
        return Say(201, opened["forPage"]);
    }

    async Task<KeyValuePair<int, string>> Result(HttpListenerResponse response, string cookie, Json page)
    {
        Request request;
        if (!requests.TryGetValue(Word(page, "digest") ?? "", out request) || cookie == null)
        {
            throw Refusal.Of(404, "session_unknown");
        }
        // Of two answers at once one is the first.
        await request.Turn.WaitAsync();
        try
        {
            // The visitor who asked, or the same one under the cookie that the login gave.
            if (cookie == request.Next) cookie = request.Cookie;
            var call = new Json { { "pending", request.Pending }, { "cookie", cookie }, { "result", Member(page, "result") } };
            var found = await Ask("/v1/verify", call);
            request.Pending = found["pending"]; // stored before anything else
            var verified = (Json)found["answer"];
            if (Word(verified, "scene") == "login")
            {
                // Whoever planted a cookie before the login has nothing of it.
                if (request.Next == null) request.Next = Fresh();
                accounts[request.Next] = (Json)verified["holder"];
                Set(response, request.Next);
            }
            var again = (bool)found["again"];
            var statement = Word(verified, "statementDigest");
            if (!again) ThreadPool.QueueUserWorkItem(async _ => await Receipt(request, statement));
            return Say(200, new Json
            {
                { "statementDigest", statement },
                { "holder", verified["holder"] },
                { "again", again },
                { "revocationUnknown", verified["revocationUnknown"] },
            });
        }
        finally
        {
            request.Turn.Release();
        }
    }

    // Tells the phone that the act counts, as soon as the hub has the page's acknowledgement.
    async Task Receipt(Request request, string statement)
    {
        var call = new Json
        {
            { "sid", request.Sid }, { "platformToken", request.PlatformToken },
            { "digest", request.Digest }, { "statementDigest", statement },
        };
        for (var tries = 0; tries < 100; tries++)
        {
            try
            {
                await Ask("/v1/receipt", call);
                return;
            }
            catch (Exception)
            {
                await Task.Delay(200);
            }
        }
        // The act stands all the same; the phone shows it as delivered.
    }

    // Asks the sidecar; what it refuses is a Refusal.
    async Task<Json> Ask(string path, Json call)
    {
        using (var request = new HttpRequestMessage(HttpMethod.Post, sidecar + path))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
            request.Content = new StringContent(Text.Serialize(call), Encoding.UTF8, "application/json");
            using (var response = await Http.SendAsync(request))
            {
                var body = await response.Content.ReadAsStringAsync();
                if (response.StatusCode != HttpStatusCode.OK) throw new Refusal((int)response.StatusCode, body);
                return Text.DeserializeObject(body) as Json ?? new Json();
            }
        }
    }

    static Json Read(HttpListenerRequest incoming)
    {
        var buffer = new byte[8192];
        var whole = new MemoryStream();
        int count;
        while ((count = incoming.InputStream.Read(buffer, 0, buffer.Length)) > 0)
        {
            whole.Write(buffer, 0, count);
            if (whole.Length > Largest) throw Refusal.Of(413, "request_malformed");
        }
        try
        {
            var read = Text.DeserializeObject(Encoding.UTF8.GetString(whole.ToArray())) as Json;
            if (read != null) return read;
        }
        catch (Exception error) when (error is ArgumentException || error is InvalidOperationException)
        {
            // Said below.
        }
        throw Refusal.Of(400, "request_malformed");
    }

    static KeyValuePair<int, string> Say(int status, object body)
    {
        return new KeyValuePair<int, string>(status, Text.Serialize(body));
    }

    static object Member(Json from, string name)
    {
        object value;
        return from.TryGetValue(name, out value) ? value : null;
    }

    static string Word(Json from, string name)
    {
        return Member(from, name) as string;
    }

    string Fresh()
    {
        var octets = new byte[32];
        using (var random = RandomNumberGenerator.Create()) random.GetBytes(octets);
        var cookie = Convert.ToBase64String(octets).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        cookies[cookie] = true;
        return cookie;
    }

    // The visitor's cookie, if it was given out here.
    string Cookie(HttpListenerRequest incoming)
    {
        foreach (var pair in (incoming.Headers["Cookie"] ?? "").Split(';'))
        {
            var parts = pair.Trim().Split(new[] { '=' }, 2);
            if (parts[0] == Name() && parts.Length == 2 && cookies.ContainsKey(parts[1])) return parts[1];
        }
        return null;
    }

    // Over TLS no other host of the domain can set it.
    string Name()
    {
        return origin.StartsWith("https:") ? "__Host-session" : "session";
    }

    void Set(HttpListenerResponse response, string cookie)
    {
        var secure = origin.StartsWith("https:") ? "; Secure" : "";
        response.AppendHeader("Set-Cookie", Name() + "=" + cookie + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200" + secure);
    }
}
