package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"os"

	"crypto/hmac"
)

// The session protocol, from docs/protocol.md: what other programs read of it, checked against the
// cases that `yinxin vectors export` writes. This program does not look at what they expect: it
// says what it finds, case by case.

// vectors is one file of cases.
type vectors struct {
	Shared json.RawMessage   `json:"shared"`
	Cases  []json.RawMessage `json:"cases"`
}

// suiteNamed is the number of a suite, by the end of a file's name.
func suiteNamed(name string) (int64, error) {
	switch name {
	case "sm":
		return suiteSM, nil
	case "nist":
		return suiteNIST, nil
	}
	return 0, fmt.Errorf("suite %q", name)
}

// b64 is octets as base64url without padding, in the one canonical form.
type b64 []byte

var strict64 = base64.RawURLEncoding.Strict()

func (b *b64) UnmarshalJSON(text []byte) error {
	var word string
	if err := json.Unmarshal(text, &word); err != nil {
		return err
	}
	return b.parse(word)
}

func (b *b64) parse(word string) (err error) {
	// The decoder passes over line ends, which are not in the alphabet.
	for _, letter := range []byte(word) {
		if letter == '\n' || letter == '\r' {
			return fmt.Errorf("a line end in base64url")
		}
	}
	*b, err = strict64.DecodeString(word)
	return err
}

func (b b64) String() string { return strict64.EncodeToString(b) }

// hmacOf is HMAC-H under key over label ‖ 00 ‖ fields.
func hmacOf(suite int64, key []byte, name string, fields ...[]byte) []byte {
	mac := hmac.New(func() hash.Hash { return newHash(suite) }, key)
	return sum(mac, append([][]byte{label(name)}, fields...)...)
}

// hashOf is H over octets as they are.
func hashOf(suite int64, octets []byte) []byte { return sum(newHash(suite), octets) }

// session answers every case of a file: file=…, suite=sm|nist, kind=….
func session(j job) (facts, error) {
	suite, err := suiteNamed(j["suite"])
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(j["file"])
	if err != nil {
		return nil, err
	}
	var read vectors
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	answer, known := map[string]func(int64, json.RawMessage, json.RawMessage) (string, error){
		"json":     jsonCase,
		"frame":    frameCase,
		"derived":  derivedCase,
		"envelope": envelopeCase,
		"keyed":    keyedCase,
		"request":  requestCase,
	}[j["kind"]]
	if !known {
		return nil, fmt.Errorf("kind %q", j["kind"])
	}
	said := facts{}
	for i, one := range read.Cases {
		found, err := answer(suite, read.Shared, one)
		if err != nil {
			return nil, fmt.Errorf("case %d: %w", i, err)
		}
		said[fmt.Sprint(i)] = found
	}
	return said, nil
}
