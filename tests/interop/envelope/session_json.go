package main

import (
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// scanner reads JSON of §3: one meaning for one text.
type scanner struct {
	text []byte
	at   int
}

var errJSON = errors.New("not JSON of this kind")

// checkJSON says whether a text is an object of §3.
func checkJSON(text []byte) error {
	s := &scanner{text: text}
	if !utf8.Valid(text) || len(text) == 0 || text[0] != '{' {
		return errJSON
	}
	if err := s.value(1); err != nil {
		return err
	}
	if s.at != len(text) {
		return errJSON
	}
	return nil
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) blank() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

func (s *scanner) take(octet byte) bool {
	if s.peek() == octet && s.at < len(s.text) {
		s.at++
		return true
	}
	return false
}

func (s *scanner) value(depth int) error {
	switch c := s.peek(); {
	case c == '{' || c == '[':
		if depth > 16 {
			return errJSON
		}
		if c == '{' {
			return s.object(depth)
		}
		return s.array(depth)
	case c == '"':
		_, err := s.string()
		return err
	case c == '-' || '0' <= c && c <= '9':
		return s.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if len(s.text)-s.at >= len(word) && string(s.text[s.at:s.at+len(word)]) == word {
			s.at += len(word)
			return nil
		}
	}
	return errJSON
}

func (s *scanner) object(depth int) error {
	s.take('{')
	names := map[string]bool{}
	s.blank()
	if s.take('}') {
		return nil
	}
	for {
		name, err := s.string()
		if err != nil {
			return err
		}
		if names[name] {
			return errJSON
		}
		names[name] = true
		s.blank()
		if !s.take(':') {
			return errJSON
		}
		s.blank()
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.blank()
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errJSON
		}
		s.blank()
	}
}

func (s *scanner) array(depth int) error {
	s.take('[')
	s.blank()
	if s.take(']') {
		return nil
	}
	for {
		if err := s.value(depth + 1); err != nil {
			return err
		}
		s.blank()
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errJSON
		}
		s.blank()
	}
}

// number is a whole one up to 2^53 - 1, its digits and nothing else.
func (s *scanner) number() error {
	from := s.at
	for '0' <= s.peek() && s.peek() <= '9' {
		s.at++
	}
	digits := string(s.text[from:s.at])
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || number > 1<<53-1 || len(digits) > 1 && digits[0] == '0' {
		return errJSON
	}
	switch s.peek() {
	case '.', 'e', 'E':
		return errJSON
	}
	return nil
}

// string is a text that shows as what it is, unescaped.
func (s *scanner) string() (string, error) {
	from := s.at
	if !s.take('"') {
		return "", errJSON
	}
	for s.peek() != '"' {
		switch {
		case s.at >= len(s.text) || s.peek() < 0x20:
			return "", errJSON
		case s.peek() == '\\':
			if err := s.escape(); err != nil {
				return "", err
			}
		default:
			s.at++
		}
	}
	s.at++
	var text string
	if err := json.Unmarshal(s.text[from:s.at], &text); err != nil {
		return "", errJSON
	}
	for _, c := range text {
		if hidden(c) {
			return "", errJSON
		}
	}
	if !norm.NFC.IsNormalString(text) {
		return "", errJSON
	}
	return text, nil
}

func (s *scanner) escape() error {
	s.at++
	letter := s.peek()
	s.at++
	switch letter {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
	default:
		return errJSON
	}
	first, err := s.hex()
	if err != nil || !utf16.IsSurrogate(first) {
		return err
	}
	if !s.take('\\') || !s.take('u') {
		return errJSON
	}
	second, err := s.hex()
	if err != nil || utf16.DecodeRune(first, second) == utf8.RuneError {
		return errJSON
	}
	return nil
}

func (s *scanner) hex() (rune, error) {
	if len(s.text)-s.at < 4 {
		return 0, errJSON
	}
	number, err := strconv.ParseUint(string(s.text[s.at:s.at+4]), 16, 16)
	s.at += 4
	if err != nil {
		return 0, errJSON
	}
	return rune(number), nil
}

func jsonCase(_ int64, _, one json.RawMessage) (string, error) {
	var c struct{ Text b64 }
	if err := json.Unmarshal(one, &c); err != nil {
		return "", err
	}
	if checkJSON(c.Text) == nil {
		return "ok", nil
	}
	return "refused", nil
}
