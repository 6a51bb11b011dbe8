package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/cfca"
	"github.com/emmansun/gmsm/pkcs"
	"github.com/emmansun/gmsm/pkcs7"
	"github.com/emmansun/gmsm/smx509"
)

// cms-sign in=FILE key=K certificate=C [chain=F] out=FILE [detached=yes] [attributes=no]
// [types=gm|pkcs7].
func cmsSign(j job) (facts, error) {
	content, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	key, err := j.key("key")
	if err != nil {
		return nil, err
	}
	parents, err := j.certificates("chain")
	if err != nil {
		return nil, err
	}
	var message *pkcs7.SignedData
	if j["types"] == "pkcs7" {
		if message, err = pkcs7.NewSignedData(content); err == nil {
			message.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSM3)
		}
	} else {
		message, err = pkcs7.NewSMSignedData(content)
	}
	if err != nil {
		return nil, err
	}
	if j["attributes"] == "no" {
		err = message.SignWithoutAttr(certificate, key, pkcs7.SignerInfoConfig{})
		for _, parent := range parents {
			message.AddCertificate(parent)
		}
	} else {
		err = message.AddSignerChain(certificate, key, parents, pkcs7.SignerInfoConfig{})
	}
	if err != nil {
		return nil, err
	}
	if j["detached"] == "yes" {
		message.Detach()
	}
	der, err := message.Finish()
	if err != nil {
		return nil, err
	}
	return nil, j.write("out", der)
}

// cms-verify in=FILE [content=FILE] [trust=F] [out=FILE].
func cmsVerify(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	message, err := pkcs7.Parse(der)
	if err != nil {
		return nil, err
	}
	if j["content"] != "" {
		if message.Content, err = j.bytes("content"); err != nil {
			return nil, err
		}
	}
	anchors, err := j.certificates("trust")
	if err != nil {
		return nil, err
	}
	if anchors == nil {
		err = message.Verify()
	} else {
		pool := smx509.NewCertPool()
		for _, anchor := range anchors {
			pool.AddCert(anchor)
		}
		err = message.VerifyWithChain(pool)
	}
	if err != nil {
		return nil, err
	}
	if j["out"] != "" {
		err = j.write("out", message.Content)
	}
	return facts{"signers": fmt.Sprint(len(message.Signers))}, err
}

// cms-encrypt in=FILE to=C out=FILE form=cbc|gcm|pkcs7|ski|legacy.
func cmsEncrypt(j job) (facts, error) {
	content, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	recipients, err := j.certificates("to")
	if err != nil {
		return nil, err
	}
	var der []byte
	switch j["form"] {
	case "cbc":
		der, err = pkcs7.EncryptSM(pkcs.SM4CBC, content, recipients)
	case "gcm":
		der, err = pkcs7.EncryptSM(pkcs.SM4GCM, content, recipients)
	case "pkcs7":
		der, err = pkcs7.Encrypt(pkcs.SM4CBC, content, recipients)
	case "ski":
		der, err = cfca.EnvelopeMessage(pkcs.SM4, content, recipients)
	case "legacy":
		der, err = cfca.EnvelopeMessageLegacy(pkcs.SM4, content, recipients)
	default:
		return nil, fmt.Errorf("unknown form %s", j["form"])
	}
	if err != nil {
		return nil, err
	}
	return nil, j.write("out", der)
}

// cms-open in=FILE key=K certificate=C out=FILE [form=legacy].
func cmsOpen(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	key, err := j.key("key")
	if err != nil {
		return nil, err
	}
	message, err := pkcs7.Parse(der)
	if err != nil {
		return nil, err
	}
	var content []byte
	if j["form"] == "legacy" {
		content, err = message.DecryptCFCA(certificate, key)
	} else {
		content, err = message.Decrypt(certificate, key)
	}
	if err != nil {
		return nil, err
	}
	return nil, j.write("out", content)
}

// signed-enveloped-make in=FILE key=K certificate=C to=C out=FILE.
func signedEnvelopedMake(j job) (facts, error) {
	content, err := j.bytes("in")
	if err != nil {
		return nil, err
	}
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	key, err := j.key("key")
	if err != nil {
		return nil, err
	}
	recipient, err := j.certificate("to")
	if err != nil {
		return nil, err
	}
	message, err := pkcs7.NewSMSignedAndEnvelopedData(content, pkcs.SM4CBC)
	if err != nil {
		return nil, err
	}
	if err := message.AddSigner(certificate, key); err != nil {
		return nil, err
	}
	if err := message.AddRecipient(recipient); err != nil {
		return nil, err
	}
	der, err := message.Finish()
	if err != nil {
		return nil, err
	}
	return nil, j.write("out", der)
}

// signed-enveloped-open in=FILE key=K certificate=C out=FILE.
func signedEnvelopedOpen(j job) (facts, error) {
	der, err := j.der("in")
	if err != nil {
		return nil, err
	}
	certificate, err := j.certificate("certificate")
	if err != nil {
		return nil, err
	}
	key, err := j.key("key")
	if err != nil {
		return nil, err
	}
	message, err := pkcs7.Parse(der)
	if err != nil {
		return nil, err
	}
	content, err := message.DecryptAndVerify(certificate, key, message.Verify)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, errors.New("no content")
	}
	return nil, j.write("out", content)
}
