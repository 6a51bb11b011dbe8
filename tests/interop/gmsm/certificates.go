package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

type pair struct {
	certificate *smx509.Certificate
	key         crypto.Signer
}

// chain dir=DIR [algorithm=sm2|p256]: a root, an issuing CA, a holder's dual certificates
// and a revoked one, each NAME.pem with NAME.key; chain.pem and crl.der of the issuing CA.
func chain(j job) (facts, error) {
	dir := j["dir"]
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	serial := int64(0x5100)
	issue := func(name string, template x509.Certificate, by *pair) (*pair, error) {
		var key crypto.Signer
		var err error
		if j["algorithm"] == "p256" {
			key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		} else {
			key, err = sm2.GenerateKey(rand.Reader)
		}
		if err != nil {
			return nil, err
		}
		serial++
		template.SerialNumber = big.NewInt(serial)
		template.NotBefore = time.Now().Add(-time.Hour)
		template.NotAfter = time.Now().Add(24 * time.Hour)
		template.BasicConstraintsValid = true
		identifier := sha1.Sum(publicPoint(key.Public()))
		template.SubjectKeyId = identifier[:]
		parent, signer := template, key
		if by != nil {
			parent, signer = *by.certificate.ToX509(), by.key
		}
		der, err := smx509.CreateCertificate(rand.Reader, &template, &parent, key.Public(), signer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		certificate, err := smx509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := writePem(filepath.Join(dir, name+".pem"), "CERTIFICATE", der); err != nil {
			return nil, err
		}
		return &pair{certificate, key}, writeKey(filepath.Join(dir, name+".key"), key)
	}
	named := func(name string) pkix.Name {
		return pkix.Name{Country: []string{"CN"}, Organization: []string{"TEST ONLY 对端"}, CommonName: name}
	}
	authority := func(name string) x509.Certificate {
		return x509.Certificate{Subject: named(name), IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	}
	root, err := issue("root", authority("gmsm root"), nil)
	if err != nil {
		return nil, err
	}
	issuing, err := issue("issuing", authority("gmsm issuing"), root)
	if err != nil {
		return nil, err
	}
	holder := func(name string, usage x509.KeyUsage) (*pair, error) {
		return issue(name, x509.Certificate{Subject: named("holder"), KeyUsage: usage}, issuing)
	}
	if _, err := holder("sign", x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment); err != nil {
		return nil, err
	}
	if _, err := holder("encrypt", x509.KeyUsageKeyEncipherment|x509.KeyUsageDataEncipherment|x509.KeyUsageKeyAgreement); err != nil {
		return nil, err
	}
	revoked, err := holder("revoked", x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment)
	if err != nil {
		return nil, err
	}
	crl, err := smx509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:     big.NewInt(7),
		ThisUpdate: time.Now().Add(-time.Minute),
		NextUpdate: time.Now().Add(24 * time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{
			{SerialNumber: revoked.certificate.SerialNumber, RevocationTime: time.Now().Add(-time.Minute), ReasonCode: 1},
		},
	}, issuing.certificate, issuing.key)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "crl.der"), crl, 0o600); err != nil {
		return nil, err
	}
	return nil, writePem(filepath.Join(dir, "chain.pem"), "CERTIFICATE", issuing.certificate.Raw)
}

// csr-create key=KEY name=CN out=CSR.
func csrCreate(j job) (facts, error) {
	key, err := j.key("key")
	if err != nil {
		return nil, err
	}
	template := x509.CertificateRequest{
		Subject: pkix.Name{Country: []string{"CN"}, CommonName: j["name"]},
	}
	der, err := smx509.CreateCertificateRequest(rand.Reader, &template, key)
	if err != nil {
		return nil, err
	}
	return nil, writePem(j["out"], "CERTIFICATE REQUEST", der)
}

// csr-verify in=CSR.
func csrVerify(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	request, err := smx509.ParseCertificateRequest(der)
	if err != nil {
		return nil, err
	}
	said := facts{"subject": request.Subject.String(), "public": publicHex(request.PublicKey)}
	return said, request.CheckSignature()
}

// csr-response-make sign=C encrypt=C key=ENCRYPTIONKEY out=FILE: CSRResponse of GM/T 0092.
func csrResponseMake(j job) (facts, error) {
	sign, err := j.certificate("sign")
	if err != nil {
		return nil, err
	}
	encrypt, err := j.certificate("encrypt")
	if err != nil {
		return nil, err
	}
	key, err := j.sm2Key("key")
	if err != nil {
		return nil, err
	}
	der, err := smx509.MarshalCSRResponse([]*smx509.Certificate{sign}, key, []*smx509.Certificate{encrypt})
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(key)}, j.write("out", der)
}

// csr-response-open in=FILE key=SIGNINGKEY.
func csrResponseOpen(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	key, err := j.sm2Key("key")
	if err != nil {
		return nil, err
	}
	response, err := smx509.ParseCSRResponse(key, der)
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(response.EncryptPrivateKey)}, nil
}

// certificate-verify leaf=C trust=F [intermediates=F] [at=TIME].
func certificateVerify(j job) (facts, error) {
	leaf, err := j.certificate("leaf")
	if err != nil {
		return nil, err
	}
	anchors, err := j.certificates("trust")
	if err != nil {
		return nil, err
	}
	between, err := j.certificates("intermediates")
	if err != nil {
		return nil, err
	}
	options := smx509.VerifyOptions{
		Roots: smx509.NewCertPool(), Intermediates: smx509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, anchor := range anchors {
		options.Roots.AddCert(anchor)
	}
	for _, certificate := range between {
		options.Intermediates.AddCert(certificate)
	}
	if j["at"] != "" {
		if options.CurrentTime, err = time.Parse(time.RFC3339, j["at"]); err != nil {
			return nil, err
		}
	}
	chains, err := leaf.Verify(options)
	if err != nil {
		return nil, err
	}
	return facts{
		"length":  fmt.Sprint(len(chains[0])),
		"subject": leaf.Subject.String(),
		"public":  publicHex(leaf.PublicKey),
	}, nil
}

// crl-verify in=CRL issuer=C certificate=C.
func crlVerify(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	list, err := smx509.ParseRevocationList(der)
	if err != nil {
		return nil, err
	}
	issuer, err := j.certificate("issuer")
	if err != nil {
		return nil, err
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return nil, err
	}
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	if list.NextUpdate.Before(time.Now()) {
		return nil, errors.New("the list is out of date")
	}
	for _, entry := range list.RevokedCertificateEntries {
		if entry.SerialNumber.Cmp(certificate.SerialNumber) == 0 {
			return facts{"revoked": "true", "serial": hex.EncodeToString(entry.SerialNumber.Bytes())}, nil
		}
	}
	return facts{"revoked": "false"}, nil
}
