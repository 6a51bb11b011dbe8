package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	suiteSM   = 1
	suiteNIST = 2

	layerBid   = 0
	layerOuter = 1

	headerLimit     = 4096
	recipientsLimit = 1 << 20
	segmentsLimit   = 16
)

// header is §2.
type header struct {
	der, core        []byte
	suite, layer     int64
	platform         string
	project, section string
	bidder           string
	created, opening time.Time
	chunkSize        int
	salt             []byte
	segments         []string
	recipients       [][]byte
	commitments      [][]byte
}

func (h *header) n() int { return len(h.segments) }

func (h *header) hash() hash.Hash { return newHash(h.suite) }

// digest is headerDigest.
func (h *header) digest() []byte {
	return sum(h.hash(), label("yinxin-bid-1"), u32(len(h.der)), h.der)
}

func (h *header) commitment(i int, key []byte) []byte {
	return sum(h.hash(), label("yinxin-commit-1"), u32(len(h.core)), h.core, u32(i), key)
}

func label(text string) []byte { return append([]byte(text), 0) }

func u32(number int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(number)) }

func u64(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

func sum(h hash.Hash, parts ...[]byte) []byte {
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

var errNotDER = errors.New("not DER")

func parseHeader(der []byte) (*header, error) {
	h := &header{der: der}
	input := cryptobyte.String(der)
	var whole, core, commitments cryptobyte.String
	if !input.ReadASN1(&whole, asn1.SEQUENCE) || !input.Empty() {
		return nil, errNotDER
	}
	var element cryptobyte.String
	if !whole.ReadASN1Element(&element, asn1.SEQUENCE) ||
		!whole.ReadASN1(&commitments, asn1.SEQUENCE) || !whole.Empty() {
		return nil, errNotDER
	}
	h.core = element
	if !element.ReadASN1(&core, asn1.SEQUENCE) {
		return nil, errNotDER
	}
	if err := h.parseCore(core); err != nil {
		return nil, err
	}
	var err error
	if h.commitments, err = octetStrings(commitments, 32); err != nil {
		return nil, fmt.Errorf("commitments: %w", err)
	}
	if len(h.commitments) != h.n()+1 {
		return nil, fmt.Errorf("%d commitments for %d segments", len(h.commitments), h.n())
	}
	return h, nil
}

func (h *header) parseCore(core cryptobyte.String) error {
	var number int64
	if !core.ReadASN1Integer(&number) {
		return errNotDER
	}
	if number != 1 {
		return fmt.Errorf("version %d", number)
	}
	if !core.ReadASN1Integer(&h.suite) || !core.ReadASN1Integer(&h.layer) {
		return errNotDER
	}
	if h.suite != suiteSM && h.suite != suiteNIST {
		return fmt.Errorf("suite %d", h.suite)
	}
	if h.layer != layerBid && h.layer != layerOuter {
		return fmt.Errorf("layer %d", h.layer)
	}
	for _, field := range []struct {
		name  string
		into  *string
		least int
	}{{"platform", &h.platform, 0}, {"project", &h.project, 1}, {"section", &h.section, 1}, {"bidder", &h.bidder, 0}} {
		if err := readText(&core, field.into, field.least); err != nil {
			return fmt.Errorf("%s: %w", field.name, err)
		}
	}
	if len(h.platform) > 64 || strings.ContainsFunc(h.platform, notCode) {
		return fmt.Errorf("platform %q", h.platform)
	}
	for _, into := range []*time.Time{&h.created, &h.opening} {
		if err := readTime(&core, into); err != nil {
			return err
		}
	}
	if !core.ReadASN1Integer(&number) {
		return errNotDER
	}
	if number < 64<<10 || number > 4<<20 || number%4096 != 0 {
		return fmt.Errorf("chunk size %d", number)
	}
	h.chunkSize = int(number)
	var segments, recipients cryptobyte.String
	if !core.ReadASN1((*cryptobyte.String)(&h.salt), asn1.OCTET_STRING) ||
		!core.ReadASN1(&segments, asn1.SEQUENCE) ||
		!core.ReadASN1(&recipients, asn1.SEQUENCE) || !core.Empty() {
		return errNotDER
	}
	if len(h.salt) != 16 {
		return errors.New("the salt has not 16 octets")
	}
	if err := h.parseSegments(segments); err != nil {
		return err
	}
	var err error
	if h.recipients, err = octetStrings(recipients, 20); err != nil {
		return fmt.Errorf("recipients: %w", err)
	}
	if len(h.recipients) < 1 || len(h.recipients) > 64 {
		return fmt.Errorf("%d recipients", len(h.recipients))
	}
	named := map[string]bool{}
	for _, id := range h.recipients {
		if named[string(id)] {
			return fmt.Errorf("recipient %x twice", id)
		}
		named[string(id)] = true
	}
	return nil
}

var segmentName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

func (h *header) parseSegments(list cryptobyte.String) error {
	seen := map[string]bool{"canary": true}
	for !list.Empty() {
		var name cryptobyte.String
		if !list.ReadASN1(&name, asn1.UTF8String) {
			return errNotDER
		}
		folded := strings.ToLower(string(name))
		if !segmentName.Match(name) || seen[folded] {
			return fmt.Errorf("segment name %q", string(name))
		}
		seen[folded] = true
		h.segments = append(h.segments, string(name))
	}
	if h.n() < 1 || h.n() > segmentsLimit {
		return fmt.Errorf("%d segments", h.n())
	}
	return nil
}

func octetStrings(list cryptobyte.String, size int) ([][]byte, error) {
	var read [][]byte
	for !list.Empty() {
		var one cryptobyte.String
		if !list.ReadASN1(&one, asn1.OCTET_STRING) {
			return nil, errNotDER
		}
		if len(one) != size {
			return nil, fmt.Errorf("%d octets in place of %d", len(one), size)
		}
		read = append(read, one)
	}
	return read, nil
}

func notCode(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

func readText(input *cryptobyte.String, into *string, least int) error {
	var text cryptobyte.String
	if !input.ReadASN1(&text, asn1.UTF8String) || !utf8.Valid(text) {
		return errNotDER
	}
	if count := utf8.RuneCount(text); count < least || count > 200 {
		return fmt.Errorf("%d characters", count)
	}
	if strings.ContainsFunc(string(text), hidden) {
		return errors.New("a control or invisible character")
	}
	*into = string(text)
	return nil
}

// hidden says which characters no text of an envelope holds.
func hidden(c rune) bool {
	return c <= 0x1f || c >= 0x7f && c <= 0x9f || c == 0x61c || c >= 0x200b && c <= 0x200f ||
		c >= 0x2028 && c <= 0x202e || c >= 0x2060 && c <= 0x206f || c == 0xfeff
}

func readTime(input *cryptobyte.String, into *time.Time) error {
	var text cryptobyte.String
	if !input.ReadASN1(&text, asn1.GeneralizedTime) {
		return errNotDER
	}
	const form = "20060102150405Z"
	read, err := time.Parse(form, string(text))
	// Parse takes fractions of a second that the form does not name; writing it again does not.
	if err != nil || read.Format(form) != string(text) {
		return fmt.Errorf("time %q", string(text))
	}
	*into = read
	return nil
}

var deviceName = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[^ .]|lpt[^ .]) *(\..*)?$`)

// checkFileName is the last paragraph of §4.
func checkFileName(name []byte) error {
	text := string(name)
	switch {
	case len(name) < 1 || len(name) > 200:
		return fmt.Errorf("a file name of %d octets", len(name))
	case !utf8.Valid(name):
		return errors.New("a file name that is not UTF-8")
	case strings.ContainsAny(text, `/\:*?"<>|`) || strings.ContainsFunc(text, hidden):
		return fmt.Errorf("file name %q holds a character it must not", text)
	case bytes.ContainsAny(name[:1], ".-~ ") || bytes.ContainsAny(name[len(name)-1:], ". "):
		return fmt.Errorf("file name %q begins or ends with what it must not", text)
	case deviceName.MatchString(text):
		return fmt.Errorf("file name %q is a device", text)
	}
	return nil
}
