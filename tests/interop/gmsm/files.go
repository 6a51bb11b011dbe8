package main

import (
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

func version(job) (facts, error) {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, errors.New("no build information")
	}
	for _, module := range build.Deps {
		if module.Path == "github.com/emmansun/gmsm" {
			return facts{"version": module.Version}, nil
		}
	}
	return nil, errors.New("gmsm is not among the modules")
}

// der gives the bytes of a file, out of its text armour if it has one.
func (j job) der(name string) ([]byte, error) {
	bytes, err := j.bytes(name)
	if err != nil {
		return nil, err
	}
	if block, _ := pem.Decode(bytes); block != nil {
		return block.Bytes, nil
	}
	return bytes, nil
}

func (j job) bytes(name string) ([]byte, error) {
	path, ok := j[name]
	if !ok {
		return nil, fmt.Errorf("the job has no %s", name)
	}
	return os.ReadFile(path)
}

func (j job) write(name string, bytes []byte) error {
	path, ok := j[name]
	if !ok {
		return fmt.Errorf("the job has no %s", name)
	}
	return os.WriteFile(path, bytes, 0o600)
}

func (j job) certificate(name string) (*smx509.Certificate, error) {
	der, err := j.der(name)
	if err != nil {
		return nil, err
	}
	return smx509.ParseCertificate(der)
}

// certificates reads every certificate of a PEM file; an absent name is an empty list.
func (j job) certificates(name string) ([]*smx509.Certificate, error) {
	if _, ok := j[name]; !ok {
		return nil, nil
	}
	rest, err := j.bytes(name)
	if err != nil {
		return nil, err
	}
	var list []*smx509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return list, nil
		}
		certificate, err := smx509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		list = append(list, certificate)
	}
}

func (j job) key(name string) (any, error) {
	der, err := j.der(name)
	if err != nil {
		return nil, err
	}
	return smx509.ParsePKCS8PrivateKey(der)
}

func (j job) sm2Key(name string) (*sm2.PrivateKey, error) {
	key, err := j.key(name)
	if err != nil {
		return nil, err
	}
	if key, ok := key.(*sm2.PrivateKey); ok {
		return key, nil
	}
	return nil, fmt.Errorf("%s is no SM2 key", name)
}

func publicHex(key any) string {
	return hex.EncodeToString(publicPoint(key))
}

// publicPoint is 04, X, Y.
func publicPoint(key any) []byte {
	switch key := key.(type) {
	case *sm2.PrivateKey:
		return publicPoint(&key.PublicKey)
	case *ecdsa.PrivateKey:
		return publicPoint(&key.PublicKey)
	case *ecdsa.PublicKey:
		point := make([]byte, 65)
		point[0] = 4
		key.X.FillBytes(point[1:33])
		key.Y.FillBytes(point[33:])
		return point
	}
	return nil
}

func writePem(path, label string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}), 0o600)
}

func writeKey(path string, key any) error {
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePem(path, "PRIVATE KEY", der)
}
