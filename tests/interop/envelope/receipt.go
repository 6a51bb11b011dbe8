package main

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// checkReceipt holds a Receipt of §6 (the content alone, without its signature) against the
// envelope that was read.
func checkReceipt(der []byte, bid, outer *layer) error {
	input := cryptobyte.String(der)
	var receipt, segments cryptobyte.String
	var version int64
	if !input.ReadASN1(&receipt, asn1.SEQUENCE) || !input.Empty() || !receipt.ReadASN1Integer(&version) {
		return errNotDER
	}
	if version != 1 {
		return fmt.Errorf("version %d", version)
	}
	if err := checkFile(&receipt, bid); err != nil {
		return err
	}
	if !receipt.ReadASN1(&segments, asn1.SEQUENCE) {
		return errNotDER
	}
	for _, own := range bid.segments {
		var one, name, digest, digests cryptobyte.String
		var size uint64
		if !segments.ReadASN1(&one, asn1.SEQUENCE) {
			return fmt.Errorf("no segment %s", own.name)
		}
		if !one.ReadASN1(&name, asn1.UTF8String) || !one.ReadASN1Integer(&size) ||
			!one.ReadASN1(&digest, asn1.OCTET_STRING) ||
			!one.ReadASN1(&digests, asn1.OCTET_STRING) || !one.Empty() {
			return errNotDER
		}
		if string(name) != own.name || size != own.size ||
			!bytes.Equal(digest, own.digest) || !bytes.Equal(digests, own.digests) {
			return fmt.Errorf("segment %s is not the receipt's", own.name)
		}
	}
	if !segments.Empty() {
		return errors.New("more segments than the file has")
	}
	if receipt.Empty() != (outer == nil) {
		return errors.New("the outer layer is in only one of receipt and file")
	}
	if outer == nil {
		return nil
	}
	var explicit, file cryptobyte.String
	if !receipt.ReadASN1(&explicit, asn1.Tag(0).Constructed().ContextSpecific()) || !receipt.Empty() ||
		!explicit.ReadASN1(&file, asn1.SEQUENCE) || !explicit.Empty() {
		return errNotDER
	}
	if err := checkFile(&file, outer); err != nil {
		return fmt.Errorf("outer: %w", err)
	}
	if !file.Empty() {
		return errNotDER
	}
	return nil
}

func checkFile(input *cryptobyte.String, l *layer) error {
	var header, digest cryptobyte.String
	var size uint64
	if !input.ReadASN1(&header, asn1.OCTET_STRING) || !input.ReadASN1Integer(&size) ||
		!input.ReadASN1(&digest, asn1.OCTET_STRING) {
		return errNotDER
	}
	switch {
	case !bytes.Equal(header, l.header.der):
		return errors.New("another header")
	case size != l.size:
		return fmt.Errorf("it says %d octets and the file has %d", size, l.size)
	case !bytes.Equal(digest, l.fileDigest):
		return errors.New("another file digest")
	}
	return nil
}
