package main

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

var magic = []byte{0x79, 0x78, 0x62, 0x69, 0x64, 0, 0, 1}

const (
	tagSize    = 16
	canarySize = 1 + 4 + 16 + tagSize
	canaryText = "yinxin canary 01"

	kindData = 0
	kindEnd  = 1
)

// refusal names the part that is at fault.
type refusal struct{ part, reason string }

func (r *refusal) Error() string { return r.part + ": " + r.reason }

func refuse(part, format string, values ...any) error {
	return &refusal{part, fmt.Sprintf(format, values...)}
}

func newHash(suite int64) hash.Hash {
	if suite == suiteSM {
		return sm3.New()
	}
	return sha256.New()
}

func newCipher(suite int64, key []byte) (cipher.AEAD, error) {
	var block cipher.Block
	var err error
	if suite == suiteSM {
		block, err = sm4.NewCipher(key)
	} else {
		block, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// layer is one envelope while it is read.
type layer struct {
	header        *header
	recipients    *recipients
	recipientsDER []byte
	macs          [][]byte
	canary        []byte

	input *bufio.Reader
	size  uint64    // octets read
	list  hash.Hash // of the file digest

	segments   []segment
	fileDigest []byte
}

// segment is what came out of one.
type segment struct {
	name, fileName string
	size           uint64
	digests        []byte
	digest         []byte
}

// read gives the next octets of the file; the caller has held the count against a limit.
func (l *layer) read(count int, part string) ([]byte, error) {
	octets := make([]byte, count)
	if _, err := io.ReadFull(l.input, octets); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, refuse(part, "the file ends within it")
		}
		return nil, err
	}
	l.size += uint64(count)
	return octets, nil
}

func (l *layer) readSized(limit int, part string) (size, body []byte, err error) {
	if size, err = l.read(4, part); err != nil {
		return nil, nil, err
	}
	count := binary.BigEndian.Uint32(size)
	if uint64(count) > uint64(limit) {
		return nil, nil, refuse(part, "%d octets", count)
	}
	body, err = l.read(int(count), part)
	return size, body, err
}

// readHead reads everything before the first segment and keeps its digest.
func readHead(input io.Reader) (*layer, error) {
	l := &layer{input: bufio.NewReaderSize(input, 1<<16)}
	var head []byte
	start, err := l.read(len(magic), "magic")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(start, magic) {
		return nil, refuse("magic", "not that of a bid envelope of version 1")
	}
	size, body, err := l.readSized(headerLimit, "header")
	if err != nil {
		return nil, err
	}
	if l.header, err = parseHeader(body); err != nil {
		return nil, refuse("header", "%v", err)
	}
	head = append(append(append(head, start...), size...), body...)
	if size, body, err = l.readSized(recipientsLimit, "recipients"); err != nil {
		return nil, err
	}
	if l.recipients, err = parseRecipients(body, l.header.n(), l.header.recipients); err != nil {
		return nil, refuse("recipients", "%v", err)
	}
	l.recipientsDER = body
	head = append(append(head, size...), body...)
	for range l.header.n() + 1 {
		mac, err := l.read(32, "macs")
		if err != nil {
			return nil, err
		}
		l.macs = append(l.macs, mac)
		head = append(head, mac...)
	}
	if l.canary, err = l.read(canarySize, "canary"); err != nil {
		return nil, err
	}
	head = append(head, l.canary...)
	l.list = l.header.hash()
	l.list.Write(label("yinxin-digest-1"))
	l.list.Write(sum(l.header.hash(), head))
	return l, nil
}

// stream is the cipher of one content key.
type stream struct {
	aead   cipher.AEAD
	prefix []byte
}

func (l *layer) stream(i int, key []byte) (*stream, error) {
	derived := sum(hmac.New(l.header.hash, key), label("yinxin-chunk-1"), u32(i), l.header.salt, l.header.digest())
	aead, err := newCipher(l.header.suite, derived[:16])
	return &stream{aead, derived[16:23]}, err
}

func (s *stream) open(number int, kind byte, sealed []byte) ([]byte, error) {
	nonce := append(append(bytes.Clone(s.prefix), u32(number)...), kind)
	return s.aead.Open(nil, nonce, sealed, nil)
}

func (l *layer) checkCanary(key []byte) error {
	if l.canary[0] != kindData || binary.BigEndian.Uint32(l.canary[1:]) != 16+tagSize {
		return refuse("canary", "no data record of 16 octets")
	}
	s, err := l.stream(l.header.n(), key)
	if err != nil {
		return err
	}
	plain, err := s.open(0, kindData, l.canary[5:])
	if err != nil {
		return refuse("canary", "the tag is wrong")
	}
	if string(plain) != canaryText {
		return refuse("canary", "another text")
	}
	return nil
}

// openSegment writes the content of segment i, each chunk after its tag was right.
func (l *layer) openSegment(i int, key []byte, out io.Writer) error {
	name := l.header.segments[i]
	s, err := l.stream(i, key)
	if err != nil {
		return err
	}
	segment := segment{name: name}
	short := false
	for number := 0; ; number++ {
		part := fmt.Sprintf("segment %s, chunk %d", name, number)
		front, err := l.read(5, part)
		if err != nil {
			return err
		}
		kind, count := front[0], uint64(binary.BigEndian.Uint32(front[1:]))
		limit, least := uint64(l.header.chunkSize), uint64(1)
		switch kind {
		case kindData:
			if short {
				return refuse(part, "the chunk before it is short, so it is not the last")
			}
			if uint64(number) >= 1<<32-1 {
				return refuse(part, "too many")
			}
		case kindEnd:
			part = "segment " + name + ", end"
			limit, least = uint64(8+2+200+len(segment.digests)), uint64(8+2+1+len(segment.digests))
		default:
			return refuse(part, "kind %d", kind)
		}
		if count < least+tagSize || count > limit+tagSize {
			return refuse(part, "%d octets", count)
		}
		sealed, err := l.read(int(count), part)
		if err != nil {
			return err
		}
		plain, err := s.open(number, kind, sealed)
		if err != nil {
			return refuse(part, "the tag is wrong")
		}
		l.list.Write(sum(l.header.hash(), front, sealed))
		if kind == kindEnd {
			if err := segment.end(plain); err != nil {
				return refuse(part, "%v", err)
			}
			segment.digest = sum(l.header.hash(), label("yinxin-digest-1"), segment.digests, u64(segment.size))
			l.segments = append(l.segments, segment)
			return nil
		}
		short = len(plain) < l.header.chunkSize
		segment.size += uint64(len(plain))
		segment.digests = append(segment.digests, sum(l.header.hash(), plain)...)
		if _, err := out.Write(plain); err != nil {
			return err
		}
	}
}

// end compares the end record's plaintext with what came.
func (s *segment) end(plain []byte) error {
	size, nameLength := binary.BigEndian.Uint64(plain), int(binary.BigEndian.Uint16(plain[8:]))
	if size != s.size {
		return fmt.Errorf("it says %d octets and %d came", size, s.size)
	}
	rest := plain[10:]
	if nameLength > len(rest) {
		return errors.New("the file name is longer than the record")
	}
	if err := checkFileName(rest[:nameLength]); err != nil {
		return err
	}
	if !bytes.Equal(rest[nameLength:], s.digests) {
		return errors.New("the list of digests is not of the chunks that came")
	}
	s.fileName = string(rest[:nameLength])
	return nil
}

// openLayer opens a whole envelope into one file for each segment; a file gets its name only
// when everything of the envelope was right.
func openLayer(path, what string, keys []holder, folder string) (l *layer, err error) {
	defer func() {
		var fault *refusal
		if errors.As(err, &fault) {
			err = &refusal{what + ": " + fault.part, fault.reason}
		}
	}()
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if l, err = readHead(file); err != nil {
		return nil, err
	}
	found, err := l.contentKeys(keys)
	if err != nil {
		return nil, err
	}
	n, segments := l.header.n(), l.header.segments
	if found[n] != nil {
		if err := l.checkCanary(found[n]); err != nil {
			return nil, err
		}
	}
	unfinished := func(name string) string { return filepath.Join(folder, name+".unfinished") }
	defer func() {
		for _, name := range segments {
			os.Remove(unfinished(name)) // what has got its name is no longer there
		}
	}()
	for i, name := range segments {
		out, err := os.OpenFile(unfinished(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		err = l.openSegment(i, found[i], out)
		if err := errors.Join(err, out.Close()); err != nil {
			return nil, err
		}
	}
	if _, err := l.input.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, refuse("end of the file", "octets after the last record")
	}
	l.list.Write(u64(l.size))
	l.fileDigest = l.list.Sum(nil)
	for _, name := range segments {
		if err := os.Rename(unfinished(name), filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// open in=FILE keys=PEM out=FOLDER [receipt=FILE]: the content of segment S goes to FOLDER/S;
// of an outer layer to FOLDER/.outer/bid. PEM holds every private key there is, plain PKCS#8.
func open(j job) (facts, error) {
	for _, name := range []string{"in", "keys", "out"} {
		if j[name] == "" {
			return nil, fmt.Errorf("the job has no %s", name)
		}
	}
	keys, err := readKeys(j["keys"])
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(j["out"], 0o700); err != nil {
		return nil, err
	}
	kind, err := peekLayer(j["in"])
	if err != nil {
		return nil, err
	}
	said, path := facts{}, j["in"]
	var outer *layer
	if kind == layerOuter {
		folder := filepath.Join(j["out"], ".outer") // no segment has this name
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, err
		}
		if outer, err = openLayer(path, "outer", keys, folder); err != nil {
			return nil, err
		}
		if outer.segments[0].fileName != "inner.bid" {
			return nil, refuse("outer: segment bid, end", "file name %q", outer.segments[0].fileName)
		}
		path = filepath.Join(folder, "bid")
		if kind, err = peekLayer(path); err != nil {
			return nil, err
		}
		if kind != layerBid {
			return nil, refuse("bid: header", "layer %d within an outer layer", kind)
		}
		said["outer.digest"] = hex.EncodeToString(outer.fileDigest)
		said["outer.size"] = strconv.FormatUint(outer.size, 10)
	}
	bid, err := openLayer(path, "bid", keys, j["out"])
	if err != nil {
		return nil, err
	}
	if j["receipt"] != "" {
		der, err := os.ReadFile(j["receipt"])
		if err != nil {
			return nil, err
		}
		if err := checkReceipt(der, bid, outer); err != nil {
			return nil, refuse("receipt", "%v", err)
		}
	}
	said["suite"] = map[int64]string{suiteSM: "sm", suiteNIST: "nist"}[bid.header.suite]
	said["platform"] = bid.header.platform
	said["project"], said["section"], said["bidder"] = bid.header.project, bid.header.section, bid.header.bidder
	said["segments"] = strings.Join(bid.header.segments, ",")
	said["digest"], said["size"] = hex.EncodeToString(bid.fileDigest), strconv.FormatUint(bid.size, 10)
	for _, one := range bid.segments {
		said[one.name+".name"] = one.fileName
		said[one.name+".size"] = strconv.FormatUint(one.size, 10)
		said[one.name+".digest"] = hex.EncodeToString(one.digest)
	}
	return said, nil
}

// peekLayer reads a head for its layer, and holds the outer one against §5.
func peekLayer(path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	l, err := readHead(file)
	if err != nil {
		return 0, err
	}
	if l.header.layer == layerOuter && (l.header.n() != 1 || l.header.segments[0] != "bid") {
		return 0, refuse("outer: header", "segments other than one named bid")
	}
	return l.header.layer, nil
}
