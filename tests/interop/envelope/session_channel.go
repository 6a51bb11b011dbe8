package main

import (
	"bytes"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"crypto/hmac"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// refusedBy is a code of the protocol.
type refusedBy string

func (r refusedBy) Error() string { return string(r) }

// said is what a case comes to: ok and a value, or a code.
func said(value any, err error) (string, error) {
	var code refusedBy
	if errors.As(err, &code) {
		return "code " + string(code), nil
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprint("ok ", value), nil
}

// frames is what the cases of §5 share.
type frames struct {
	Hub        string
	QrSecret   b64
	Sid        b64
	DisplayKey b64
}

func (f *frames) tag(suite int64, signed []byte) []byte {
	return hmacOf(suite, f.QrSecret, "yinxin-qr-1", signed)[:8]
}

var base32Digits = base32.StdEncoding.WithPadding(base32.NoPadding)

func isHost(host string) bool {
	other := func(c rune) bool {
		return !('A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-')
	}
	return len(host) > 0 && len(host) <= 40 && !strings.ContainsFunc(host, other)
}

func frameCase(suite int64, shared, one json.RawMessage) (string, error) {
	var f frames
	var c struct {
		Name, Host, Text string
		Age              uint32
		Sent             b64
	}
	if err := errors.Join(json.Unmarshal(shared, &f), json.Unmarshal(one, &c)); err != nil {
		return "", err
	}
	switch {
	case c.Host != "":
		return said(f.draw(suite, strings.ToUpper(c.Host), c.Age))
	case len(c.Sent) > 0:
		return said(f.check(suite, c.Sent, c.Age))
	}
	return said(f.scan(c.Text))
}

func (f *frames) draw(suite int64, host string, age uint32) (string, error) {
	if !isHost(host) {
		return "", refusedBy("qr_too_long")
	}
	signed := append(append([]byte{1}, f.Sid...), u32(int(age))[1:]...)
	frame := append(append(bytes.Clone(signed), f.tag(suite, signed)...), f.DisplayKey...)
	return "HTTPS://" + host + "/Q/" + base32Digits.EncodeToString(frame), nil
}

func (f *frames) check(suite int64, sent []byte, age uint32) (bool, error) {
	if !hmac.Equal(f.tag(suite, sent[:20]), sent[20:]) {
		return false, refusedBy("qr_tag")
	}
	counter := binary.BigEndian.Uint32(append([]byte{0}, sent[17:20]...))
	if counter+8 < age || counter > age+2 {
		return false, refusedBy("qr_stale")
	}
	return true, nil
}

// scan is the phone's look at a code. Codes of other systems are told by what they begin with.
func (f *frames) scan(text string) (string, error) {
	lower := strings.ToLower(strings.TrimSpace(text))
	_, path, found := strings.Cut(strings.TrimPrefix(lower, "https://"), "/")
	if !strings.HasPrefix(lower, "https://") || !found || !strings.HasPrefix(path, "q/") {
		return "", refusedBy("qr_foreign")
	}
	host, digits, found := strings.Cut(strings.TrimPrefix(text, "HTTPS://"), "/Q/")
	if !found || !strings.HasPrefix(text, "HTTPS://") || len(digits) != 71 || host != strings.ToUpper(host) {
		return "", refusedBy("qr_malformed")
	}
	frame, err := base32Digits.DecodeString(digits)
	if err != nil || base32Digits.EncodeToString(frame) != digits {
		return "", refusedBy("qr_malformed")
	}
	if frame[0] != 1 {
		return "", refusedBy("version_unsupported")
	}
	if host != strings.ToUpper(f.Hub) {
		return "", refusedBy("hub_unknown")
	}
	return b64(frame[:28]).String() + " " + b64(frame[28:]).String(), nil
}

// bound is what the cases of a session share.
type bound struct {
	Sid           b64
	RequestDigest b64
	DisplayKey    b64
	ChannelKey    b64
	OfferDigest   b64
	M             b64
	ReplyKey      struct{ Pkcs8 b64 }
}

func derivedCase(suite int64, shared, one json.RawMessage) (string, error) {
	var s bound
	var c struct {
		Name     string
		M        b64
		Hello    b64
		Offer    *b64
		Prepared []b64
	}
	if err := errors.Join(json.Unmarshal(shared, &s), json.Unmarshal(one, &c)); err != nil {
		return "", err
	}
	if c.Name == "match" {
		return matching(hmacOf(suite, c.M, "yinxin-match-1", s.Sid, s.RequestDigest)), nil
	}
	offer := make([]byte, 32)
	if c.Offer != nil {
		offer = hashOf(suite, *c.Offer)
	}
	parts := [][]byte{label("yinxin-transcript-1"), {byte(suite)}, s.Sid, s.RequestDigest,
		hashOf(suite, c.Hello), offer, u32(len(c.Prepared))}
	for _, message := range c.Prepared {
		parts = append(parts, hashOf(suite, message))
	}
	return b64(sum(newHash(suite), parts...)).String(), nil
}

func matching(mac []byte) string {
	right := int(binary.BigEndian.Uint64(mac) % 100)
	one := (right + 1 + int(mac[8])%99) % 100
	two := (right + 1 + int(mac[9])%98) % 100
	if (two+100-right)%100 >= (one+100-right)%100 {
		two = (two + 1) % 100
	}
	order := [][3]int{{right, one, two}, {one, right, two}, {two, one, right}}[mac[10]%3]
	return fmt.Sprint(right, " ", order)
}

// openKeyed opens 01 ‖ suite ‖ iv ‖ ciphertext ‖ tag.
func openKeyed(suite int64, mac, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < 30 || sealed[0] != 1 || int64(sealed[1]) != suite {
		return nil, errors.New("not sealed in this suite")
	}
	cipher, err := newCipher(suite, mac[:16])
	if err != nil {
		return nil, err
	}
	return cipher.Open(nil, sealed[2:14], sealed[14:], aad)
}

func keyedCase(suite int64, shared, one json.RawMessage) (string, error) {
	var s bound
	var c struct {
		Name   string
		Index  int
		Sealed b64
	}
	if err := errors.Join(json.Unmarshal(shared, &s), json.Unmarshal(one, &c)); err != nil {
		return "", err
	}
	var plain []byte
	var err error
	var code refusedBy
	switch c.Name {
	case "request":
		code = "request_malformed"
		plain, err = openRequest(suite, s.DisplayKey, s.RequestDigest, c.Sealed)
	case "prepared":
		code = "offer_mismatch"
		context := bytes.Join([][]byte{label("yinxin-prepared-1"), s.Sid, s.RequestDigest,
			s.OfferDigest, u32(c.Index)}, nil)
		mac := hmacOf(suite, s.ChannelKey, "yinxin-prepared-1", s.Sid, s.RequestDigest,
			s.OfferDigest, u32(c.Index))
		plain, err = openKeyed(suite, mac, context, c.Sealed)
	case "display key":
		code = "hub_mismatch"
		mac := hmacOf(suite, s.M, "yinxin-short-1", s.Sid, s.RequestDigest)
		plain, err = openKeyed(suite, mac, nil, c.Sealed)
	default:
		return "", fmt.Errorf("%q", c.Name)
	}
	if err != nil {
		return said(nil, code)
	}
	return said(b64(plain), nil)
}

func openRequest(suite int64, displayKey, digest, sealed []byte) ([]byte, error) {
	switch len(sealed) {
	case 4 << 10, 16 << 10, 64 << 10, 256 << 10:
	default:
		return nil, errors.New("not of one of four sizes")
	}
	mac := hmacOf(suite, displayKey, "yinxin-sealed-1", digest)
	plain, err := openKeyed(suite, mac, nil, sealed)
	if err != nil {
		return nil, err
	}
	length := int64(binary.BigEndian.Uint32(plain))
	if length > int64(len(plain)-4) || len(bytes.Trim(plain[4+length:], "\x00")) > 0 {
		return nil, errors.New("padding")
	}
	return plain[4 : 4+length], nil
}

func envelopeCase(suite int64, shared, one json.RawMessage) (string, error) {
	var s bound
	var c struct {
		Step     string
		Envelope b64
	}
	if err := errors.Join(json.Unmarshal(shared, &s), json.Unmarshal(one, &c)); err != nil {
		return "", err
	}
	key, err := readKey(s.ReplyKey.Pkcs8)
	if err != nil {
		return "", err
	}
	step := map[string]byte{"hello": 1, "offer": 2, "answer": 3, "reject": 4}[c.Step]
	plain, err := openEnvelope(suite, &s, key, step, c.Envelope)
	if err != nil {
		return said(nil, refusedBy("reply_unreadable"))
	}
	return said(b64(plain), nil)
}

func openEnvelope(suite int64, s *bound, key holder, step byte, envelope []byte) ([]byte, error) {
	if len(envelope) < 4 || envelope[0] != 1 || int64(envelope[1]) != suite {
		return nil, errors.New("not an envelope of this suite")
	}
	length := int(binary.BigEndian.Uint16(envelope[2:]))
	if len(envelope) < 4+length+28 {
		return nil, errors.New("cut off")
	}
	element := cryptobyte.String(envelope[4 : 4+length])
	sealed := envelope[4+length:]
	var whole cryptobyte.String
	var tag tags.Tag
	if !element.ReadAnyASN1Element(&whole, &tag) || !element.Empty() {
		return nil, errNotDER
	}
	info, err := parseInfo(whole, tag)
	if err != nil {
		return nil, err
	}
	fresh, err := unwrap([]wrap{info}, []holder{key})
	if err != nil {
		return nil, err
	}
	if len(fresh) != 16 {
		return nil, errors.New("not 16 octets")
	}
	mac := hmacOf(suite, s.DisplayKey, "yinxin-channel-1", fresh)
	cipher, err := newCipher(suite, mac[:16])
	if err != nil {
		return nil, err
	}
	aad := bytes.Join([][]byte{label("yinxin-envelope-1"), s.Sid, s.RequestDigest, {step}}, nil)
	return cipher.Open(nil, sealed[:12], sealed[12:], aad)
}
