package main

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidSignedData   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidDigest       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidCertificate2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSM2WithSM3   = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 501}
	oidECDSA256     = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
)

// objectType is the content of the OID of type n: longer than the library's integers.
func objectType(n byte) []byte {
	return []byte{0x69, 0x83, 0x84, 0xb1, 0xdd, 0x86, 0x86, 0xf7, 0xf2, 0x9d, 0xc3, 0xbe, 0xb5, 0xe2,
		0xb8, 0xb3, 0xcf, 0xe8, 0xef, 0x2b, n}
}

// object is a signed object of §3, read and not yet believed.
type object struct {
	kind, content []byte
	signers       []signer
}

type signer struct {
	issuer, serial    []byte
	attributes        []byte // as signed: under SET
	digest, signature []byte
	certificateHash   []byte
	algorithm         asn1.ObjectIdentifier
}

var errObject = errors.New("not a signed object of the one form")

func parseObject(der []byte, kind byte, signers int) (*object, error) {
	input := cryptobyte.String(der)
	var info, explicit, data, digests, encapsulated, wrapped, list cryptobyte.String
	var oid asn1.ObjectIdentifier
	var version int64
	var o object
	if !input.ReadASN1(&info, tags.SEQUENCE) || !input.Empty() ||
		!info.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidSignedData) ||
		!info.ReadASN1(&explicit, tags.Tag(0).Constructed().ContextSpecific()) || !info.Empty() ||
		!explicit.ReadASN1(&data, tags.SEQUENCE) || !explicit.Empty() ||
		!data.ReadASN1Integer(&version) || version != 3 ||
		!data.ReadASN1(&digests, tags.SET) ||
		!data.ReadASN1(&encapsulated, tags.SEQUENCE) ||
		!encapsulated.ReadASN1((*cryptobyte.String)(&o.kind), tags.OBJECT_IDENTIFIER) ||
		!encapsulated.ReadASN1(&wrapped, tags.Tag(0).Constructed().ContextSpecific()) || !encapsulated.Empty() ||
		!wrapped.ReadASN1((*cryptobyte.String)(&o.content), tags.OCTET_STRING) || !wrapped.Empty() {
		return nil, errObject
	}
	if !bytes.Equal(o.kind, objectType(kind)) {
		return nil, errObject
	}
	if data.PeekASN1Tag(tags.Tag(0).Constructed().ContextSpecific()) {
		var carried cryptobyte.String
		if !data.ReadASN1(&carried, tags.Tag(0).Constructed().ContextSpecific()) {
			return nil, errObject
		}
	}
	if !data.ReadASN1(&list, tags.SET) || !data.Empty() {
		return nil, errObject
	}
	for !list.Empty() {
		one, err := parseSigner(&list, o.kind)
		if err != nil {
			return nil, err
		}
		o.signers = append(o.signers, one)
	}
	if len(o.signers) == 0 || len(o.signers) > signers {
		return nil, errObject
	}
	return &o, nil
}

func parseSigner(list *cryptobyte.String, kind []byte) (one signer, err error) {
	var info, id, digest, attributes, algorithm cryptobyte.String
	var version int64
	if !list.ReadASN1(&info, tags.SEQUENCE) ||
		!info.ReadASN1Integer(&version) || version != 1 ||
		!info.ReadASN1(&id, tags.SEQUENCE) ||
		!id.ReadASN1Element((*cryptobyte.String)(&one.issuer), tags.SEQUENCE) ||
		!id.ReadASN1((*cryptobyte.String)(&one.serial), tags.INTEGER) || !id.Empty() ||
		!info.ReadASN1(&digest, tags.SEQUENCE) ||
		!info.ReadASN1(&attributes, tags.Tag(0).Constructed().ContextSpecific()) ||
		!info.ReadASN1(&algorithm, tags.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&one.algorithm) || !algorithm.Empty() ||
		!info.ReadASN1((*cryptobyte.String)(&one.signature), tags.OCTET_STRING) ||
		// No unsigned attributes.
		!info.Empty() {
		return one, errObject
	}
	var set cryptobyte.Builder
	set.AddASN1(tags.SET, func(b *cryptobyte.Builder) { b.AddBytes(attributes) })
	if one.attributes, err = set.Bytes(); err != nil {
		return one, err
	}
	seen := map[string]bool{}
	for !attributes.Empty() {
		var attribute, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !attributes.ReadASN1(&attribute, tags.SEQUENCE) ||
			!attribute.ReadASN1ObjectIdentifier(&oid) ||
			!attribute.ReadASN1(&values, tags.SET) || !attribute.Empty() || seen[oid.String()] {
			return one, errObject
		}
		seen[oid.String()] = true
		if !one.attribute(oid, values, kind) {
			return one, errObject
		}
	}
	for _, oid := range []asn1.ObjectIdentifier{oidContentType, oidDigest, oidSigningTime, oidCertificate2} {
		if !seen[oid.String()] {
			return one, errObject
		}
	}
	return one, nil
}

func (one *signer) attribute(oid asn1.ObjectIdentifier, values cryptobyte.String, kind []byte) bool {
	switch {
	case oid.Equal(oidContentType):
		var found cryptobyte.String
		return values.ReadASN1(&found, tags.OBJECT_IDENTIFIER) && values.Empty() && bytes.Equal(found, kind)
	case oid.Equal(oidDigest):
		return values.ReadASN1((*cryptobyte.String)(&one.digest), tags.OCTET_STRING) && values.Empty()
	case oid.Equal(oidCertificate2):
		var whole, certificates, first, algorithm cryptobyte.String
		if !values.ReadASN1(&whole, tags.SEQUENCE) || !values.Empty() ||
			!whole.ReadASN1(&certificates, tags.SEQUENCE) ||
			!certificates.ReadASN1(&first, tags.SEQUENCE) {
			return false
		}
		// The algorithm is left out where it is SHA-256.
		if first.PeekASN1Tag(tags.SEQUENCE) && !first.ReadASN1(&algorithm, tags.SEQUENCE) {
			return false
		}
		return first.ReadASN1((*cryptobyte.String)(&one.certificateHash), tags.OCTET_STRING)
	}
	return true
}

// certificate is what of an X.509 certificate names it and its key. The library reads no purposes
// under an arc of 128 bits, as platforms' and hubs' certificates have.
type certificate struct {
	issuer, serial []byte
	key            *ecdsa.PublicKey
}

func parseCertificate(der []byte) (*certificate, error) {
	input := cryptobyte.String(der)
	var whole, tbs, version, skipped, key cryptobyte.String
	var c certificate
	if !input.ReadASN1(&whole, tags.SEQUENCE) || !input.Empty() || !whole.ReadASN1(&tbs, tags.SEQUENCE) ||
		!tbs.ReadASN1(&version, tags.Tag(0).Constructed().ContextSpecific()) ||
		!tbs.ReadASN1((*cryptobyte.String)(&c.serial), tags.INTEGER) ||
		!tbs.ReadASN1(&skipped, tags.SEQUENCE) ||
		!tbs.ReadASN1Element((*cryptobyte.String)(&c.issuer), tags.SEQUENCE) ||
		!tbs.ReadASN1(&skipped, tags.SEQUENCE) || !tbs.ReadASN1(&skipped, tags.SEQUENCE) ||
		!tbs.ReadASN1Element(&key, tags.SEQUENCE) {
		return nil, errNotDER
	}
	public, err := smx509.ParsePKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	var isEC bool
	if c.key, isEC = public.(*ecdsa.PublicKey); !isEC {
		return nil, errors.New("a key that is neither SM2 nor P-256")
	}
	return &c, nil
}

// verify says whether one of the signers signed with this certificate.
func (o *object) verify(der []byte) bool {
	c, err := parseCertificate(der)
	if err != nil {
		return false
	}
	for _, one := range o.signers {
		if !bytes.Equal(one.issuer, c.issuer) || !bytes.Equal(one.serial, c.serial) {
			continue
		}
		suite := int64(suiteNIST)
		if c.key.Curve == sm2.P256() {
			suite = suiteSM
		}
		return bytes.Equal(one.digest, hashOf(suite, o.content)) &&
			bytes.Equal(one.certificateHash, hashOf(suite, der)) && one.signed(suite, c.key)
	}
	return false
}

func (one *signer) signed(suite int64, key *ecdsa.PublicKey) bool {
	if suite == suiteSM {
		return one.algorithm.Equal(oidSM2WithSM3) &&
			sm2.VerifyASN1WithSM2(key, nil, one.attributes, one.signature)
	}
	return one.algorithm.Equal(oidECDSA256) &&
		ecdsa.VerifyASN1(key, hashOf(suite, one.attributes), one.signature)
}
