package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strconv"

	"github.com/emmansun/gmsm/cfca"
	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs8"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
	"github.com/emmansun/go-pkcs12"
)

// key-generate out=KEY [algorithm=sm2|p256]: a plain PKCS#8.
func keyGenerate(j job) (facts, error) {
	var key any
	var err error
	if j["algorithm"] == "p256" {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = sm2.GenerateKey(rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(key)}, writeKey(j["out"], key)
}

// key-protect key=KEY out=FILE password=P form=pbes2|gmt0091 [rounds=N].
func keyProtect(j job) (facts, error) {
	key, err := j.key("key")
	if err != nil {
		return nil, err
	}
	rounds := 2048
	if j["rounds"] != "" {
		if rounds, err = strconv.Atoi(j["rounds"]); err != nil {
			return nil, err
		}
	}
	var encrypter pkcs.PBESEncrypter
	switch j["form"] {
	case "pbes2":
		encrypter = pkcs.NewPBESEncrypter(pkcs.SM4CBC, pkcs.NewPBKDF2Opts(pkcs.SM3, 16, rounds))
	case "gmt0091":
		encrypter = pkcs.NewSMPBESEncrypter(16, rounds)
	default:
		return nil, fmt.Errorf("unknown form %s", j["form"])
	}
	der, err := pkcs8.MarshalPrivateKey(key, []byte(j["password"]), encrypter)
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(key)}, writePem(j["out"], "ENCRYPTED PRIVATE KEY", der)
}

// key-open in=FILE [password=P].
func keyOpen(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	var password []byte
	if j["password"] != "" {
		password = []byte(j["password"])
	}
	key, _, err := pkcs8.ParsePrivateKey(der, password)
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(key)}, nil
}

// enveloped-key-make for=CERTIFICATE key=KEY out=FILE: SM2EnvelopedKey of GB/T 35276.
func envelopedKeyMake(j job) (facts, error) {
	owner, err := j.certificate("for")
	if err != nil {
		return nil, err
	}
	key, err := j.sm2Key("key")
	if err != nil {
		return nil, err
	}
	public, ok := owner.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("the certificate has no SM2 key")
	}
	der, err := sm2.MarshalEnvelopedPrivateKey(rand.Reader, public, key)
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(key)}, j.write("out", der)
}

// enveloped-key-open in=FILE key=SIGNINGKEY [out=KEY].
func envelopedKeyOpen(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	signing, err := j.sm2Key("key")
	if err != nil {
		return nil, err
	}
	key, err := sm2.ParseEnvelopedPrivateKey(signing, der)
	if err != nil {
		return nil, err
	}
	if j["out"] != "" {
		err = writeKey(j["out"], key)
	}
	return facts{"public": publicHex(key)}, err
}

// sm2-file-make key=KEY certificate=C password=P out=FILE: CFCA's key file, base64 text.
func sm2FileMake(j job) (facts, error) {
	key, err := j.sm2Key("key")
	if err != nil {
		return nil, err
	}
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	der, err := cfca.MarshalSM2([]byte(j["password"]), key, certificate)
	if err != nil {
		return nil, err
	}
	text := base64.StdEncoding.EncodeToString(der)
	if j["form"] == "pem" {
		text = string(pem.EncodeToMemory(&pem.Block{Type: "CFCA KEY", Bytes: der}))
	}
	return facts{"public": publicHex(key)}, j.write("out", []byte(text))
}

// sm2-file-open in=FILE password=P.
func sm2FileOpen(j job) (facts, error) {
	text, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	der, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return nil, err
	}
	key, _, err := cfca.ParseSM2([]byte(j["password"]), der)
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(key)}, nil
}

// pkcs12-make key=KEY certificate=C [chain=F] password=P out=FILE form=sm|modern.
func pkcs12Make(j job) (facts, error) {
	key, err := j.key("key")
	if err != nil {
		return nil, err
	}
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	chain, err := j.certificates("chain")
	if err != nil {
		return nil, err
	}
	encoder := pkcs12.Modern2023
	if j["form"] == "sm" {
		encoder = pkcs12.ShangMi2024
	}
	pfx, err := encoder.Encode(key, certificate, chain, j["password"])
	if err != nil {
		return nil, err
	}
	return facts{"public": publicHex(key)}, j.write("out", pfx)
}

// raw-sign key=KEY in=FILE out=SIG: DER of r and s, with the default ID.
func rawSign(j job) (facts, error) {
	key, err := j.sm2Key("key")
	if err != nil {
		return nil, err
	}
	message, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	signature, err := key.SignWithSM2(rand.Reader, nil, message)
	if err != nil {
		return nil, err
	}
	return nil, j.write("out", signature)
}

// raw-verify certificate=C in=FILE signature=SIG.
func rawVerify(j job) (facts, error) {
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	message, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	signature, err := j.bytes("signature")
	if err != nil {
		return nil, err
	}
	return nil, certificate.CheckSignature(smx509.SM2WithSM3, message, signature)
}

// raw-encrypt certificate=C in=FILE out=FILE: DER SM2Cipher.
func rawEncrypt(j job) (facts, error) {
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	message, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	public, ok := certificate.PublicKey.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("the certificate has no SM2 key")
	}
	cipher, err := sm2.EncryptASN1(rand.Reader, public, message)
	if err != nil {
		return nil, err
	}
	return nil, j.write("out", cipher)
}

// raw-decrypt key=KEY in=FILE out=FILE.
func rawDecrypt(j job) (facts, error) {
	key, err := j.sm2Key("key")
	if err != nil {
		return nil, err
	}
	cipher, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	plain, err := key.Decrypt(rand.Reader, cipher, sm2.ASN1DecrypterOpts)
	if err != nil {
		return nil, err
	}
	return nil, j.write("out", plain)
}
