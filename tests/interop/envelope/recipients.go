package main

import (
	"bytes"
	"crypto/aes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// holder is one private key that was given: exactly one of its two keys is set.
type holder struct {
	id   []byte
	sm2  *sm2.PrivateKey
	p256 *ecdh.PrivateKey
}

// readKeys reads every PKCS#8 block of a PEM file.
func readKeys(path string) ([]holder, error) {
	rest, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var keys []holder
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return keys, nil
		}
		one, err := readKey(block.Bytes)
		if err != nil {
			return nil, err
		}
		keys = append(keys, one)
	}
}

// readKey reads one PKCS#8.
func readKey(der []byte) (holder, error) {
	key, err := smx509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return holder{}, err
	}
	var one holder
	var public *ecdsa.PublicKey
	switch key := key.(type) {
	case *sm2.PrivateKey:
		one.sm2, public = key, &key.PublicKey
	case *ecdsa.PrivateKey:
		if one.p256, err = key.ECDH(); err != nil {
			return holder{}, err
		}
		if one.p256.Curve() != ecdh.P256() {
			return holder{}, errors.New("a key that is neither SM2 nor P-256")
		}
		public = &key.PublicKey
	default:
		return holder{}, errors.New("a key that is neither SM2 nor P-256")
	}
	point := make([]byte, 65)
	point[0] = 4
	public.X.FillBytes(point[1:33])
	public.Y.FillBytes(point[33:])
	id := sha1.Sum(point)
	one.id = id[:]
	return one, nil
}

// wrap is one RecipientInfo.
type wrap struct {
	id        []byte
	ephemeral []byte // of P-256; nil for SM2
	bits      int    // of the key wrap, of P-256
	cipher    []byte
}

// recipients is §3.
type recipients struct {
	keys      [][]wrap
	threshold int
	shares    [][]wrap
}

func parseRecipients(der []byte, n int, ids [][]byte) (*recipients, error) {
	input := cryptobyte.String(der)
	var whole, keys cryptobyte.String
	if !input.ReadASN1(&whole, tags.SEQUENCE) || !input.Empty() || !whole.ReadASN1(&keys, tags.SEQUENCE) {
		return nil, errNotDER
	}
	var read recipients
	var err error
	if read.keys, err = parseSets(keys); err != nil {
		return nil, err
	}
	if len(read.keys) != n+1 {
		return nil, fmt.Errorf("%d sets for %d segments", len(read.keys), n)
	}
	for i, set := range read.keys {
		if !sameIDs(set, ids) {
			return nil, fmt.Errorf("set %d is of other recipients than the header's", i)
		}
	}
	if whole.Empty() {
		return &read, nil
	}
	var explicit, recovery, shares cryptobyte.String
	var threshold int64
	if !whole.ReadASN1(&explicit, tags.Tag(0).Constructed().ContextSpecific()) || !whole.Empty() ||
		!explicit.ReadASN1(&recovery, tags.SEQUENCE) || !explicit.Empty() ||
		!recovery.ReadASN1Integer(&threshold) ||
		!recovery.ReadASN1(&shares, tags.SEQUENCE) || !recovery.Empty() {
		return nil, errNotDER
	}
	if read.shares, err = parseSets(shares); err != nil {
		return nil, err
	}
	if threshold < 2 || threshold > int64(len(read.shares)) || len(read.shares) > 16 {
		return nil, fmt.Errorf("recovery by %d of %d", threshold, len(read.shares))
	}
	seen := map[string]bool{}
	for i, set := range read.shares {
		if len(set) != 1 || seen[string(set[0].id)] {
			return nil, fmt.Errorf("officer %d: not one share of an officer of his own", i+1)
		}
		seen[string(set[0].id)] = true
	}
	read.threshold = int(threshold)
	return &read, nil
}

// sameIDs says whether a set names each of the ids and no other; the ids are different.
func sameIDs(set []wrap, ids [][]byte) bool {
	seen := map[string]bool{}
	for _, info := range set {
		seen[string(info.id)] = true
	}
	for _, id := range ids {
		if !seen[string(id)] {
			return false
		}
	}
	return len(set) == len(ids)
}

func parseSets(list cryptobyte.String) ([][]wrap, error) {
	var sets [][]wrap
	for !list.Empty() {
		var set cryptobyte.String
		if !list.ReadASN1(&set, tags.SET) {
			return nil, errNotDER
		}
		infos := []wrap{}
		var before []byte
		for !set.Empty() {
			var element cryptobyte.String
			var tag tags.Tag
			if !set.ReadAnyASN1Element(&element, &tag) {
				return nil, errNotDER
			}
			// DER orders a SET OF by its elements' encodings.
			if before != nil && bytes.Compare(before, element) > 0 {
				return nil, errors.New("not DER: a set out of order")
			}
			before = element
			info, err := parseInfo(element, tag)
			if err != nil {
				return nil, err
			}
			if info.ephemeral != nil && info.bits != 256 {
				return nil, errors.New("a key wrap other than AES-256")
			}
			infos = append(infos, info)
		}
		if len(infos) == 0 {
			return nil, errors.New("a set without a recipient")
		}
		sets = append(sets, infos)
	}
	return sets, nil
}

var (
	oidSM2Encrypt = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301, 3}
	oidAgree      = asn1.ObjectIdentifier{1, 3, 132, 1, 11, 1}
	oidAES128Wrap = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 5}
	oidAES256Wrap = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 45}
	oidECKey      = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	wrapBits      = map[string]int{oidAES128Wrap.String(): 128, oidAES256Wrap.String(): 256}
)

func parseInfo(element cryptobyte.String, tag tags.Tag) (wrap, error) {
	switch tag {
	case tags.SEQUENCE:
		return parseTransport(element)
	case tags.Tag(1).Constructed().ContextSpecific():
		return parseAgreement(element)
	}
	return wrap{}, fmt.Errorf("a recipient with tag %d", tag)
}

// parseTransport reads a KeyTransRecipientInfo.
func parseTransport(element cryptobyte.String) (wrap, error) {
	var info, id, algorithm, null, cipher cryptobyte.String
	var version int64
	var oid asn1.ObjectIdentifier
	if !element.ReadASN1(&info, tags.SEQUENCE) || !info.ReadASN1Integer(&version) ||
		!info.ReadASN1(&id, tags.Tag(0).ContextSpecific()) ||
		!info.ReadASN1(&algorithm, tags.SEQUENCE) ||
		!info.ReadASN1(&cipher, tags.OCTET_STRING) || !info.Empty() ||
		!algorithm.ReadASN1ObjectIdentifier(&oid) ||
		!algorithm.ReadASN1(&null, tags.NULL) || !null.Empty() || !algorithm.Empty() {
		return wrap{}, errNotDER
	}
	if version != 2 || len(id) != 20 || !oid.Equal(oidSM2Encrypt) {
		return wrap{}, errors.New("a key transport that is not SM2 by key id")
	}
	// SM2Cipher is looked at here, for no library need be strict about it.
	inner, number := cipher, cryptobyte.String(nil)
	var sequence, digest, body cryptobyte.String
	if !inner.ReadASN1(&sequence, tags.SEQUENCE) || !inner.Empty() {
		return wrap{}, errNotDER
	}
	for range 2 {
		if !sequence.ReadASN1(&number, tags.INTEGER) || !coordinate(number) {
			return wrap{}, errNotDER
		}
	}
	if !sequence.ReadASN1(&digest, tags.OCTET_STRING) || len(digest) != 32 ||
		!sequence.ReadASN1(&body, tags.OCTET_STRING) || !sequence.Empty() {
		return wrap{}, errNotDER
	}
	return wrap{id: id, cipher: cipher}, nil
}

// coordinate says whether the content of an INTEGER is minimal, not negative, below 2^256.
func coordinate(content []byte) bool {
	switch {
	case len(content) == 0 || content[0]&0x80 != 0:
		return false
	case len(content) > 1 && content[0] == 0:
		return content[1]&0x80 != 0 && len(content) <= 33
	}
	return len(content) <= 32
}

// parseAgreement reads a KeyAgreeRecipientInfo.
func parseAgreement(element cryptobyte.String) (wrap, error) {
	var info, originator, key, keyAlgorithm, algorithm, wrapping cryptobyte.String
	var list, encrypted, identifier, id, cipher cryptobyte.String
	var point []byte
	var version int64
	var keyOID, agreeOID, wrapOID asn1.ObjectIdentifier
	if !element.ReadASN1(&info, tags.Tag(1).Constructed().ContextSpecific()) ||
		!info.ReadASN1Integer(&version) ||
		!info.ReadASN1(&originator, tags.Tag(0).Constructed().ContextSpecific()) ||
		!originator.ReadASN1(&key, tags.Tag(1).Constructed().ContextSpecific()) || !originator.Empty() ||
		!key.ReadASN1(&keyAlgorithm, tags.SEQUENCE) ||
		!key.ReadASN1BitStringAsBytes(&point) || !key.Empty() ||
		!keyAlgorithm.ReadASN1ObjectIdentifier(&keyOID) || !keyAlgorithm.Empty() ||
		!info.ReadASN1(&algorithm, tags.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&agreeOID) ||
		!algorithm.ReadASN1(&wrapping, tags.SEQUENCE) || !algorithm.Empty() ||
		!wrapping.ReadASN1ObjectIdentifier(&wrapOID) || !wrapping.Empty() ||
		!info.ReadASN1(&list, tags.SEQUENCE) || !info.Empty() ||
		!list.ReadASN1(&encrypted, tags.SEQUENCE) || !list.Empty() ||
		!encrypted.ReadASN1(&identifier, tags.Tag(0).Constructed().ContextSpecific()) ||
		!encrypted.ReadASN1(&cipher, tags.OCTET_STRING) || !encrypted.Empty() ||
		!identifier.ReadASN1(&id, tags.OCTET_STRING) || !identifier.Empty() {
		return wrap{}, errNotDER
	}
	bits := wrapBits[wrapOID.String()]
	if version != 3 || len(id) != 20 || !keyOID.Equal(oidECKey) || !agreeOID.Equal(oidAgree) || bits == 0 {
		return wrap{}, errors.New("a key agreement that is not P-256 by key id")
	}
	return wrap{id: id, ephemeral: point, bits: bits, cipher: cipher}, nil
}

var errNoKey = errors.New("none of the keys given is a recipient's")

// unwrap opens the first of the infos that one of the keys is meant by.
func unwrap(infos []wrap, keys []holder) ([]byte, error) {
	for _, info := range infos {
		for _, key := range keys {
			if !bytes.Equal(info.id, key.id) {
				continue
			}
			if (key.sm2 != nil) != (info.ephemeral == nil) {
				return nil, errors.New("the key and the recipient are of two kinds")
			}
			if key.sm2 != nil {
				return key.sm2.Decrypt(nil, info.cipher, sm2.ASN1DecrypterOpts)
			}
			return agree(key.p256, info)
		}
	}
	return nil, errNoKey
}

// agree is RFC 5753 §7 with the KDF of X9.63 over SHA-256, no user keying material.
func agree(key *ecdh.PrivateKey, info wrap) ([]byte, error) {
	public, err := ecdh.P256().NewPublicKey(info.ephemeral)
	if err != nil {
		return nil, err
	}
	secret, err := key.ECDH(public)
	if err != nil {
		return nil, err
	}
	wrapping := oidAES256Wrap
	if info.bits == 128 {
		wrapping = oidAES128Wrap
	}
	var shared cryptobyte.Builder
	shared.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(tags.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(wrapping) })
		b.AddASN1(tags.Tag(2).Constructed().ContextSpecific(), func(b *cryptobyte.Builder) {
			b.AddASN1OctetString(u32(info.bits))
		})
	})
	kek := sum(sha256.New(), secret, u32(1), shared.BytesOrPanic())[:info.bits/8]
	return keyUnwrap(kek, info.cipher)
}

// keyUnwrap is RFC 3394 §2.2.2.
func keyUnwrap(kek, wrapped []byte) ([]byte, error) {
	if len(wrapped) < 24 || len(wrapped)%8 != 0 {
		return nil, errors.New("a wrapped key of a wrong length")
	}
	block, err := aes.NewCipher(kek)
	if err != nil {
		return nil, err
	}
	n := len(wrapped)/8 - 1
	a := bytes.Clone(wrapped[:8])
	r := bytes.Clone(wrapped[8:])
	both := make([]byte, 16)
	for j := 5; j >= 0; j-- {
		for i := n; i >= 1; i-- {
			binary.BigEndian.PutUint64(both, binary.BigEndian.Uint64(a)^uint64(n*j+i))
			copy(both[8:], r[8*(i-1):8*i])
			block.Decrypt(both, both)
			copy(a, both[:8])
			copy(r[8*(i-1):8*i], both[8:])
		}
	}
	if subtle.ConstantTimeCompare(a, bytes.Repeat([]byte{0xa6}, 8)) != 1 {
		return nil, errors.New("the wrapped key does not authenticate")
	}
	return r, nil
}

// contentKeys unwraps key(0) to key(n) and checks each three times, as §3 says. Where only
// recovery gives the keys, the canary's stays nil.
func (l *layer) contentKeys(keys []holder) ([][]byte, error) {
	n, digest := l.header.n(), l.header.digest()
	found := make([][]byte, n+1)
	for i := range found {
		plain, err := unwrap(l.recipients.keys[i], keys)
		if errors.Is(err, errNoKey) {
			if i == 0 && l.recipients.threshold > 0 {
				if found, err = l.recover(keys); err == nil {
					break
				}
			}
			return nil, refuse(l.keyPart(i), "%v", err)
		}
		if err != nil {
			return nil, refuse(l.keyPart(i), "%v", err)
		}
		if len(plain) != 48 {
			return nil, refuse(l.keyPart(i), "%d octets were wrapped", len(plain))
		}
		if !bytes.Equal(plain[16:], digest) {
			return nil, refuse(l.keyPart(i), "the key is bound to another header")
		}
		found[i] = plain[:16]
	}
	for i, key := range found {
		if key == nil {
			continue
		}
		if !hmac.Equal(l.header.commitment(i, key), l.header.commitments[i]) {
			return nil, refuse(l.keyPart(i), "the key is not the one the header commits to")
		}
		mac := hmac.New(l.header.hash, key)
		expected := sum(mac, label("yinxin-head-1"), u32(len(l.header.der)), l.header.der,
			u32(len(l.recipientsDER)), l.recipientsDER)
		if !hmac.Equal(expected, l.macs[i]) {
			return nil, refuse(l.keyPart(i), "the mac over header and recipients is wrong")
		}
	}
	return found, nil
}

func (l *layer) keyPart(i int) string {
	if i == l.header.n() {
		return "recipient, key of the canary"
	}
	return "recipient, key of segment " + l.header.segments[i]
}

// recover puts the keys of the segments together from the officers' shares.
func (l *layer) recover(keys []holder) ([][]byte, error) {
	n, digest := l.header.n(), l.header.digest()
	shares := map[byte][]byte{}
	for index, infos := range l.recipients.shares {
		plain, err := unwrap(infos, keys)
		if errors.Is(err, errNoKey) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("officer %d: %w", index+1, err)
		}
		if len(plain) != 8+16*n+32 {
			return nil, fmt.Errorf("officer %d: %d octets were wrapped", index+1, len(plain))
		}
		if !bytes.Equal(plain[8+16*n:], digest) {
			return nil, fmt.Errorf("officer %d: the share is bound to another header", index+1)
		}
		if binary.BigEndian.Uint32(plain) != uint32(index+1) ||
			binary.BigEndian.Uint32(plain[4:]) != uint32(l.recipients.threshold) {
			return nil, fmt.Errorf("officer %d: the share is another's", index+1)
		}
		shares[byte(index+1)] = plain[8 : 8+16*n]
	}
	if len(shares) < l.recipients.threshold {
		return nil, fmt.Errorf("%w; %d shares of the %d that recovery needs", errNoKey, len(shares), l.recipients.threshold)
	}
	for x := range shares {
		if len(shares) > l.recipients.threshold {
			delete(shares, x)
		}
	}
	joined := make([]byte, 16*n)
	for x, share := range shares {
		weight := byte(1)
		for other := range shares {
			if other != x {
				weight = gfMultiply(weight, gfMultiply(other, gfInverse(other^x)))
			}
		}
		for i, octet := range share {
			joined[i] ^= gfMultiply(weight, octet)
		}
	}
	found := make([][]byte, n+1)
	for i := range n {
		found[i] = joined[16*i : 16*i+16]
	}
	return found, nil
}

func gfMultiply(a, b byte) byte {
	var product byte
	for ; b != 0; b >>= 1 {
		if b&1 != 0 {
			product ^= a
		}
		high := a & 0x80
		a <<= 1
		if high != 0 {
			a ^= 0x1b
		}
	}
	return product
}

// gfInverse is a^254.
func gfInverse(a byte) byte {
	result := byte(1)
	for range 254 {
		result = gfMultiply(result, a)
	}
	return result
}
