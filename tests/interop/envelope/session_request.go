package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// request is §4.
type request struct {
	Typ                 string
	V                   uint64
	Suite               string
	Scene               string
	Hub                 string
	Platform            struct{ Code, Name string }
	Origin              string
	Nonce               b64
	IssuedAt, ExpiresAt uint64
	ReplyKey            b64
	Browser             *struct{ Key, Signature b64 }
	Display             struct {
		Title, Project, Section, FileName, Note *string
		FileSize                                *uint64
	}
	Payload json.RawMessage
	Require struct {
		Holder     *string
		CreditCode *string
		Subject    *b64
		Issuers    []b64
	}
	Ext json.RawMessage
}

// trustList is §11.
type trustList struct {
	Typ, Hub                      string
	V, Number                     uint64
	IssuedAt, NextUpdate          uint64
	HubKeys, Issuers, NextSigners []b64
	Platforms                     []listed
}

type listed struct {
	Code, Name, State string
	Origins, Scenes   []string
	Certificates      []b64
}

// clear is the header in clear.
type clear struct {
	Hub, Platform, Scene, Suite string
	ReplyKey, RequestDigest     b64
	IssuedAt, ExpiresAt         uint64
}

var scanWithin = map[string]uint64{"login": 120, "messageSignature": 300, "signature": 300,
	"revokeSignature": 300, "encrypt": 300, "decrypt": 300}

// readJSON reads a text of §3 into a value that knows all its members.
func readJSON(text []byte, into any) error {
	if err := checkJSON(text); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func requestCase(_ int64, shared, one json.RawMessage) (string, error) {
	var s struct {
		Hub        string
		Now        uint64
		ListSigner b64
	}
	var c struct {
		Request, TrustList b64
		Header             clear
	}
	if err := errors.Join(json.Unmarshal(shared, &s), json.Unmarshal(one, &c)); err != nil {
		return "", err
	}
	signed, err := parseObject(c.TrustList, 3, 2)
	if err != nil {
		return "", err
	}
	var list trustList
	if !signed.verify(s.ListSigner) {
		return "", errors.New("the trust list's signature")
	}
	if err := readJSON(signed.content, &list); err != nil {
		return "", err
	}
	digest, err := checkRequest(c.Request, &c.Header, &list, s.Hub, s.Now)
	return said(b64(digest), err)
}

// checkRequest is §4.4 up to what a phone holds itself.
func checkRequest(der []byte, header *clear, list *trustList, hub string, now uint64) ([]byte, error) {
	if len(der) > 256<<10 {
		return nil, refusedBy("request_too_large")
	}
	signed, err := parseObject(der, 1, 1)
	if err != nil {
		return nil, refusedBy("request_signature")
	}
	platform := list.platform(header.Platform)
	if platform == nil {
		return nil, refusedBy("platform_unknown")
	}
	if !platform.signed(signed) {
		return nil, refusedBy("request_signature")
	}
	r, err := readRequest(signed.content)
	if err != nil {
		return nil, err
	}
	if r.Hub != hub {
		return nil, refusedBy("hub_mismatch")
	}
	late := now > list.NextUpdate
	if late && (r.Scene != "login" || now > list.NextUpdate+7*86400) {
		return nil, refusedBy("trust_list_stale")
	}
	if err := platform.allows(r); err != nil {
		return nil, err
	}
	if r.ExpiresAt <= r.IssuedAt || r.ExpiresAt-r.IssuedAt > scanWithin[r.Scene] || r.IssuedAt > now+60 {
		return nil, refusedBy("request_time")
	}
	if r.ExpiresAt < now {
		return nil, refusedBy("session_expired")
	}
	digest := hashOf(r.number(), signed.content)
	same := header.Hub == r.Hub && header.Platform == r.Platform.Code && header.Scene == r.Scene &&
		header.Suite == r.Suite && bytes.Equal(header.ReplyKey, r.ReplyKey) &&
		bytes.Equal(header.RequestDigest, digest) &&
		header.IssuedAt == r.IssuedAt && header.ExpiresAt == r.ExpiresAt
	if !same {
		return nil, refusedBy("request_malformed")
	}
	return digest, nil
}

func (l *trustList) platform(code string) *listed {
	for i := range l.Platforms {
		if l.Platforms[i].Code == code {
			return &l.Platforms[i]
		}
	}
	return nil
}

func (p *listed) signed(o *object) bool {
	for _, certificate := range p.Certificates {
		if o.verify(certificate) {
			return true
		}
	}
	return false
}

func (p *listed) allows(r *request) error {
	holds := func(list []string, word string) bool {
		for _, one := range list {
			if one == word {
				return true
			}
		}
		return false
	}
	switch {
	case p.State != "active":
		return refusedBy("platform_suspended")
	case p.Name != r.Platform.Name:
		return refusedBy("platform_name")
	case !holds(p.Origins, r.Origin):
		return refusedBy("origin_unregistered")
	case !holds(p.Scenes, r.Scene):
		return refusedBy("scene_not_allowed")
	}
	return nil
}

func (r *request) number() int64 {
	if r.Suite == "SM" {
		return suiteSM
	}
	return suiteNIST
}

func readRequest(text []byte) (*request, error) {
	malformed := refusedBy("request_malformed")
	if checkJSON(text) != nil || !bytes.HasPrefix(text, []byte(`{"typ":"yinxin-request-`)) {
		return nil, malformed
	}
	var head struct {
		V            *uint64
		Suite, Scene *string
	}
	if json.Unmarshal(text, &head) != nil || head.V == nil || head.Suite == nil || head.Scene == nil {
		return nil, malformed
	}
	if *head.V != 1 {
		return nil, refusedBy("version_unsupported")
	}
	if *head.Suite != "SM" && *head.Suite != "NIST" {
		return nil, refusedBy("suite_unsupported")
	}
	if scanWithin[*head.Scene] == 0 {
		return nil, refusedBy("scene_not_allowed")
	}
	var r request
	if readJSON(text, &r) != nil || !r.fits() {
		return nil, malformed
	}
	return &r, nil
}

func (r *request) fits() bool {
	short := func(text *string) bool { return text == nil || utf8.RuneCountInString(*text) <= 200 }
	d := &r.Display
	return r.Typ == "yinxin-request-1" && len(r.Nonce) >= 16 && len(r.Nonce) <= 64 &&
		short(d.Title) && short(d.Project) && short(d.Section) && short(d.FileName) && short(d.Note) &&
		isCode(r.Platform.Code) && r.Platform.Name != "" && utf8.RuneCountInString(r.Platform.Name) <= 100 &&
		isOrigin(r.Origin) && r.keyFits() && r.accountFits() && r.extFits() && r.browserFits() && r.payloadFits()
}

func isCode(code string) bool {
	return len(code) >= 1 && len(code) <= 64 && strings.IndexFunc(code, func(c rune) bool { return notCode(c) }) < 0
}

func isOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme+"://"+u.Host != origin || origin != strings.ToLower(origin) {
		return false
	}
	own := map[string]string{"https": "443", "http": "80"}[u.Scheme]
	if own == "" || u.Port() == own || u.Hostname() == "" {
		return false
	}
	if port := u.Port(); strings.Contains(u.Host, ":") {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 || strconv.FormatUint(number, 10) != port {
			return false
		}
	}
	return u.Scheme == "https" || u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1"
}

func (r *request) keyFits() bool {
	key, err := smx509.ParsePKIXPublicKey(r.ReplyKey)
	if err != nil {
		return false
	}
	ec, isEC := key.(*ecdsa.PublicKey)
	if !isEC {
		return false
	}
	wanted := elliptic.Curve(elliptic.P256())
	if r.Suite == "SM" {
		wanted = sm2.P256()
	}
	again, err := smx509.MarshalPKIXPublicKey(ec)
	return ec.Curve == wanted && err == nil && bytes.Equal(again, r.ReplyKey)
}

func (r *request) accountFits() bool {
	code, subject := r.Require.CreditCode, r.Require.Subject
	switch {
	case code != nil && subject != nil:
		return false
	case code != nil:
		return isCreditCode(*code)
	case subject != nil:
		return len(*subject) == 32
	}
	return r.Scene == "login" || r.Scene == "encrypt"
}

// isCreditCode checks a unified social credit code by GB 32100.
func isCreditCode(code string) bool {
	const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(code) != 18 {
		return false
	}
	total, weight := 0, 1
	for _, letter := range code[:17] {
		value := strings.IndexRune(letters, letter)
		if value < 0 {
			return false
		}
		total += value * weight
		weight = weight * 3 % 31
	}
	return code[17] == letters[(31-total%31)%31]
}

func (r *request) extFits() bool {
	if r.Ext == nil {
		return true
	}
	var ext map[string]json.RawMessage
	return json.Unmarshal(r.Ext, &ext) == nil && ext != nil && len(ext) <= 16 && len(r.Ext) <= 4096
}

func (r *request) browserFits() bool {
	if r.Browser == nil {
		return true
	}
	key, err := smx509.ParsePKIXPublicKey(r.Browser.Key)
	if err != nil {
		return false
	}
	ec, isEC := key.(*ecdsa.PublicKey)
	signed := bytes.Join([][]byte{label("yinxin-browser-1"), u32(len(r.Origin)), []byte(r.Origin),
		u32(len(r.Nonce)), r.Nonce, hashOf(r.number(), r.ReplyKey)}, nil)
	digest := sha256.Sum256(signed)
	return isEC && ec.Curve == elliptic.P256() && ecdsa.VerifyASN1(ec, digest[:], r.Browser.Signature)
}
