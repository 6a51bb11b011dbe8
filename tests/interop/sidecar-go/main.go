// The one endpoint that pages call, in front of the sidecar: recipe SIDECAR SECRET-FILE ORIGIN.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Site is what has to be known, and your database, where entries end after a while.
type Site struct {
	sidecar, secret, origin string

	mutex    sync.Mutex
	visits   map[string]json.RawMessage // by nonce
	requests map[string]*Request        // by digest
	accounts map[string]Holder          // by cookie
	cookies  map[string]bool            // that were given out
}

// Request is a request that waits for its answer.
type Request struct {
	mutex         sync.Mutex
	cookie, next  string
	Digest        string          `json:"digest"`
	Sid           string          `json:"sid"`
	PlatformToken string          `json:"platformToken"`
	Pending       json.RawMessage `json:"pending"`
	ForPage       json.RawMessage `json:"forPage"`
}

// Holder is whom a certificate names.
type Holder struct {
	Name       string `json:"name"`
	CreditCode string `json:"creditCode,omitempty"`
}

// Call is what a page sends.
type Call struct {
	Step   string          `json:"step"`
	Scene  string          `json:"scene"`
	Nonce  string          `json:"nonce"`
	Begin  json.RawMessage `json:"begin"`
	Digest string          `json:"digest"`
	Result json.RawMessage `json:"result"`
	Input  struct {
		Display json.RawMessage `json:"display"`
		Payload json.RawMessage `json:"payload"`
	} `json:"input"`
}

// Refusal goes to the page as it is.
type Refusal struct {
	status int
	body   []byte
}

func (refusal *Refusal) Error() string {
	return fmt.Sprintf("%d %s", refusal.status, refusal.body)
}

func refuse(status int, code string) error {
	return &Refusal{status, []byte(`{"code":"` + code + `"}`)}
}

func main() {
	if len(os.Args) != 4 {
		log.Fatal("recipe SIDECAR SECRET-FILE ORIGIN")
	}
	secret, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	site := &Site{
		sidecar:  os.Args[1],
		secret:   strings.TrimSpace(string(secret)),
		origin:   os.Args[3],
		visits:   map[string]json.RawMessage{},
		requests: map[string]*Request{},
		accounts: map[string]Holder{},
		cookies:  map[string]bool{},
	}
	http.HandleFunc("POST /api/yinxin/open", site.serve)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listens on http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}

func (site *Site) serve(writer http.ResponseWriter, incoming *http.Request) {
	status, body, err := site.answer(writer, incoming)
	kind := "application/json"
	if refusal := new(Refusal); errors.As(err, &refusal) {
		status, body, kind = refusal.status, refusal.body, "application/problem+json"
	} else if err != nil {
		log.Print(err)
		http.Error(writer, "the sidecar does not answer", http.StatusBadGateway)
		return
	}
	writer.Header().Set("Content-Type", kind)
	writer.WriteHeader(status)
	writer.Write(body)
}

func (site *Site) answer(writer http.ResponseWriter, incoming *http.Request) (int, []byte, error) {
	// Calls that another site's page makes carry another origin.
	if incoming.Header.Get("Origin") != site.origin {
		return 0, nil, refuse(http.StatusForbidden, "origin_unregistered")
	}
	var call Call
	if json.NewDecoder(http.MaxBytesReader(writer, incoming.Body, 5<<20)).Decode(&call) != nil {
		return 0, nil, refuse(http.StatusBadRequest, "request_malformed")
	}
	cookie := site.cookie(incoming)
	switch call.Step {
	case "visit":
		return site.visit(writer, cookie)
	case "open":
		return site.open(cookie, &call)
	case "result":
		return site.result(writer, cookie, &call)
	default:
		return 0, nil, refuse(http.StatusBadRequest, "request_malformed")
	}
}

func (site *Site) visit(writer http.ResponseWriter, cookie string) (int, []byte, error) {
	if cookie == "" {
		cookie = site.fresh()
		site.set(writer, cookie)
	}
	page := map[string]json.RawMessage{}
	if err := site.ask("/v1/visit", map[string]any{"cookie": cookie}, &page); err != nil {
		return 0, nil, err
	}
	var nonce string
	if err := json.Unmarshal(page["nonce"], &nonce); err != nil {
		return 0, nil, err
	}
	site.mutex.Lock()
	defer site.mutex.Unlock()
	site.visits[nonce] = page["visit"]
	delete(page, "visit")
	if account, in := site.accounts[cookie]; in {
		page["account"], _ = json.Marshal(account)
	}
	body, err := json.Marshal(page)
	return http.StatusOK, body, err
}

func (site *Site) open(cookie string, page *Call) (int, []byte, error) {
	if cookie == "" {
		return 0, nil, refuse(http.StatusUnauthorized, "token_wrong")
	}
	// Whose nonce it is the sidecar sees by the cookie.
	site.mutex.Lock()
	visit, known := site.visits[page.Nonce]
	delete(site.visits, page.Nonce)
	account, in := site.accounts[cookie]
	site.mutex.Unlock()
	if !known {
		return 0, nil, refuse(http.StatusBadRequest, "answer_binding")
	}
	call := map[string]any{"scene": page.Scene, "begin": page.Begin, "visit": visit, "cookie": cookie}
	// Decide here what is signed; this recipe lets the page have its way.
	for name, wish := range map[string]json.RawMessage{"display": page.Input.Display, "payload": page.Input.Payload} {
		if wish != nil {
			call[name] = wish
		}
	}
	if in && page.Scene != "login" {
		if account.CreditCode == "" {
			// A name alone holds nobody to a signature: require the person's subject here.
			return 0, nil, refuse(http.StatusForbidden, "account_subject_missing")
		}
		call["require"] = map[string]any{"creditCode": account.CreditCode}
	}
	request := &Request{cookie: cookie}
	if err := site.ask("/v1/open", call, request); err != nil {
		return 0, nil, err
	}
	site.mutex.Lock()
	defer site.mutex.Unlock()
	site.requests[request.Digest] = request
	return http.StatusCreated, request.ForPage, nil
}

func (site *Site) result(writer http.ResponseWriter, cookie string, page *Call) (int, []byte, error) {
	site.mutex.Lock()
	request := site.requests[page.Digest]
	site.mutex.Unlock()
	if request == nil || cookie == "" {
		return 0, nil, refuse(http.StatusNotFound, "session_unknown")
	}
	// Of two answers at once one is the first.
	request.mutex.Lock()
	defer request.mutex.Unlock()
	// The visitor who asked, or the same one under the cookie that the login gave.
	if cookie == request.next {
		cookie = request.cookie
	}
	var found struct {
		Pending json.RawMessage `json:"pending"`
		Again   bool            `json:"again"`
		Answer  struct {
			Scene             string `json:"scene"`
			Holder            Holder `json:"holder"`
			StatementDigest   string `json:"statementDigest"`
			RevocationUnknown bool   `json:"revocationUnknown"`
		} `json:"answer"`
	}
	call := map[string]any{"pending": request.Pending, "cookie": cookie, "result": page.Result}
	if err := site.ask("/v1/verify", call, &found); err != nil {
		return 0, nil, err
	}
	request.Pending = found.Pending // stored before anything else
	verified := found.Answer
	if verified.Scene == "login" {
		if request.next == "" {
			// Whoever planted a cookie before the login has nothing of it.
			request.next = site.fresh()
		}
		site.mutex.Lock()
		site.accounts[request.next] = verified.Holder
		site.mutex.Unlock()
		site.set(writer, request.next)
	}
	if !found.Again {
		go site.receipt(request.Sid, request.PlatformToken, request.Digest, verified.StatementDigest)
	}
	body, err := json.Marshal(map[string]any{
		"statementDigest":   verified.StatementDigest,
		"holder":            verified.Holder,
		"again":             found.Again,
		"revocationUnknown": verified.RevocationUnknown,
	})
	return http.StatusOK, body, err
}

// receipt tells the phone that the act counts, as soon as the hub has the page's acknowledgement.
func (site *Site) receipt(sid, token, digest, statement string) {
	call := map[string]any{"sid": sid, "platformToken": token, "digest": digest, "statementDigest": statement}
	for tries := 0; tries < 100; tries++ {
		if site.ask("/v1/receipt", call, nil) == nil {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	// The act stands all the same; the phone shows it as delivered.
}

// ask asks the sidecar; what it refuses is a *Refusal.
func (site *Site) ask(path string, call, answer any) error {
	body, err := json.Marshal(call)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(http.MethodPost, site.sidecar+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+site.secret)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	octets, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return &Refusal{response.StatusCode, octets}
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(octets, answer)
}

func (site *Site) fresh() string {
	octets := make([]byte, 32)
	rand.Read(octets)
	cookie := base64.RawURLEncoding.EncodeToString(octets)
	site.mutex.Lock()
	defer site.mutex.Unlock()
	site.cookies[cookie] = true
	return cookie
}

// cookie is the visitor's, if it was given out here.
func (site *Site) cookie(incoming *http.Request) string {
	found, err := incoming.Cookie(site.name())
	if err != nil {
		return ""
	}
	site.mutex.Lock()
	defer site.mutex.Unlock()
	if !site.cookies[found.Value] {
		return ""
	}
	return found.Value
}

// name is one that over TLS no other host of the domain can set.
func (site *Site) name() string {
	if strings.HasPrefix(site.origin, "https:") {
		return "__Host-session"
	}
	return "session"
}

func (site *Site) set(writer http.ResponseWriter, cookie string) {
	http.SetCookie(writer, &http.Cookie{
		Name: site.name(), Value: cookie, Path: "/", MaxAge: 43200,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: strings.HasPrefix(site.origin, "https:"),
	})
}
