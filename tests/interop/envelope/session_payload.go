package main

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// payloadFits is §4.3.
func (r *request) payloadFits() bool {
	if r.Scene == "login" {
		return r.Payload == nil
	}
	if r.Payload == nil {
		return false
	}
	switch r.Scene {
	case "messageSignature":
		return messagesFit(r.Payload)
	case "signature":
		return sealsFit(r.Payload)
	case "revokeSignature":
		return revocationFits(r.Payload)
	case "encrypt":
		var p struct {
			Project, Section string
			Opening          uint64
		}
		return readJSON(r.Payload, &p) == nil && named(p.Project) && named(p.Section)
	}
	return bidsFit(r.Payload)
}

func named(text string) bool {
	return text != "" && utf8.RuneCountInString(text) <= 200
}

// differ says whether the names are all different and of a length.
func differ(names []string) bool {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] || !named(name) {
			return false
		}
		seen[name] = true
	}
	return true
}

func messagesFit(text json.RawMessage) bool {
	var p struct {
		Items []struct {
			Id       string
			Text     *string
			Digest   *b64
			Attached bool
		}
	}
	if readJSON(text, &p) != nil || len(p.Items) < 1 || len(p.Items) > 500 {
		return false
	}
	var names []string
	for _, item := range p.Items {
		names = append(names, item.Id)
		var ours struct{ Typ string }
		switch {
		case (item.Text == nil) == (item.Digest == nil):
			return false
		case item.Digest != nil && (len(*item.Digest) != 32 || item.Attached):
			return false
		case item.Text != nil && json.Unmarshal([]byte(*item.Text), &ours) == nil && strings.HasPrefix(ours.Typ, "yinxin-"):
			return false
		}
	}
	return differ(names)
}

func sealsFit(text json.RawMessage) bool {
	var p struct {
		Files []struct {
			Id, Name, Format string
			Digest           b64
			Size             uint64
			Placements       []struct{ Page, X, Y uint64 }
		}
	}
	if readJSON(text, &p) != nil || len(p.Files) < 1 || len(p.Files) > 50 {
		return false
	}
	var names []string
	placements := 0
	for _, file := range p.Files {
		names = append(names, file.Id)
		placements += len(file.Placements)
		if !named(file.Name) || len(file.Digest) != 32 || len(file.Placements) == 0 ||
			file.Format != "ofd" && file.Format != "pdf" {
			return false
		}
	}
	return placements <= 200 && differ(names)
}

func revocationFits(text json.RawMessage) bool {
	var p struct {
		Digest               b64
		Format, Seal, Reason string
		Signature            uint64
	}
	return readJSON(text, &p) == nil && len(p.Digest) == 32 && p.Signature > 0 &&
		(p.Format == "ofd" || p.Format == "pdf") && named(p.Seal) && named(p.Reason)
}

func bidsFit(text json.RawMessage) bool {
	var p struct {
		Files []struct {
			Id       string
			Header   b64
			Segments [][]string
		}
	}
	if readJSON(text, &p) != nil || len(p.Files) < 1 || len(p.Files) > 64 {
		return false
	}
	var names []string
	for _, file := range p.Files {
		names = append(names, file.Id)
		if len(file.Header) > headerLimit {
			return false
		}
		if _, err := parseHeader(file.Header); err != nil {
			return false
		}
		var segments []string
		for _, pair := range file.Segments {
			var info b64
			if len(pair) != 2 || info.parse(pair[1]) != nil || len(info) > 1024 {
				return false
			}
			segments = append(segments, pair[0])
		}
		if len(segments) < 1 || len(segments) > 17 || !differ(segments) {
			return false
		}
	}
	return differ(names)
}
