// Command envelope-reader is a second reader of the bid envelope and of the session protocol,
// written from docs/envelope.md and docs/protocol.md and from nothing else.
//
// With arguments it does one job: envelope-reader COMMAND NAME=VALUE... Without, it reads jobs
// from standard input, one a line with tabs between the words, and answers each with one line:
// "ok", then NAME=VALUE facts; or "refused", then the part and what is wrong with it.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"strings"
)

// job is one request: its values by name.
type job map[string]string

// facts is what a job has to say besides that it went well.
type facts map[string]string

var commands = map[string]func(job) (facts, error){
	"version": version,
	"open":    open,
	"session": session,
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

func version(job) (facts, error) {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return nil, errors.New("no build information")
	}
	for _, module := range build.Deps {
		if module.Path == "github.com/emmansun/gmsm" {
			return facts{"version": "1", "gmsm": module.Version}, nil
		}
	}
	return nil, errors.New("gmsm is not among the modules")
}
