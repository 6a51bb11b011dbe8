// Command gmsm-peer lets the tests ask the Go library emmansun/gmsm.
//
// With arguments it does one job: gmsm-peer COMMAND NAME=VALUE... Without, it reads jobs from
// standard input, one a line with tabs between the words, and answers each with one line:
// "ok", then NAME=VALUE facts; or "refused", then the library's own words. A value that names a
// file is its path; certificates and keys are read as PEM or DER.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strings"
)

// job is one request: its values by name.
type job map[string]string

// facts is what a job has to say besides that it went well.
type facts map[string]string

var commands = map[string]func(job) (facts, error){
	"version":               version,
	"key-generate":          keyGenerate,
	"key-protect":           keyProtect,
	"key-open":              keyOpen,
	"enveloped-key-make":    envelopedKeyMake,
	"enveloped-key-open":    envelopedKeyOpen,
	"sm2-file-make":         sm2FileMake,
	"sm2-file-open":         sm2FileOpen,
	"pkcs12-make":           pkcs12Make,
	"raw-sign":              rawSign,
	"raw-verify":            rawVerify,
	"raw-encrypt":           rawEncrypt,
	"raw-decrypt":           rawDecrypt,
	"chain":                 chain,
	"csr-create":            csrCreate,
	"csr-verify":            csrVerify,
	"csr-response-make":     csrResponseMake,
	"csr-response-open":     csrResponseOpen,
	"certificate-verify":    certificateVerify,
	"crl-verify":            crlVerify,
	"cms-sign":              cmsSign,
	"cms-verify":            cmsVerify,
	"cms-encrypt":           cmsEncrypt,
	"cms-open":              cmsOpen,
	"signed-enveloped-make": signedEnvelopedMake,
	"signed-enveloped-open": signedEnvelopedOpen,
}

func main() {
	if len(os.Args) > 1 {
		answer := run(os.Args[1:])
		fmt.Println(answer)
		if !strings.HasPrefix(answer, "ok") {
			os.Exit(1)
		}
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fmt.Println(run(strings.Split(lines.Text(), "\t")))
	}
}

func run(words []string) (answer string) {
	defer func() {
		if trouble := recover(); trouble != nil {
			answer = "refused\tpanic: " + oneLine(fmt.Sprint(trouble))
		}
	}()
	command, known := commands[words[0]]
	if !known {
		return "refused\tunknown command " + words[0]
	}
	values := job{}
	for _, word := range words[1:] {
		name, value, found := strings.Cut(word, "=")
		if !found {
			return "refused\tnot NAME=VALUE: " + word
		}
		values[name] = value
	}
	said, err := command(values)
	if err != nil {
		return "refused\t" + oneLine(err.Error())
	}
	names := make([]string, 0, len(said))
	for name := range said {
		names = append(names, name)
	}
	sort.Strings(names)
	answer = "ok"
	for _, name := range names {
		answer += "\t" + name + "=" + oneLine(said[name])
	}
	return answer
}

func oneLine(text string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(text)
}
