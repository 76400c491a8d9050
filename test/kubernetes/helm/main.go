// helm lints and renders a chart with Helm's own code. One request a line on standard input, one answer a line on standard
// output: {"chart", "name", "namespace", "values"} in; {"lint", "objects", "error"} out, where objects has the text of every
// template that rendered to something.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
)

type request struct {
	Chart     string         `json:"chart"`
	Name      string         `json:"name"`
	Namespace string         `json:"namespace"`
	Values    map[string]any `json:"values"`
}

type answer struct {
	// Warnings and errors of the linter; what it merely recommends is left out.
	Lint    []string          `json:"lint"`
	Objects map[string]string `json:"objects,omitempty"`
	Error   string            `json:"error,omitempty"`
}

func main() {
	// Refusals are answers here; Helm logs them besides.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := json.NewEncoder(os.Stdout)
	for {
		var one request
		if err := in.Decode(&one); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := out.Encode(answerTo(one)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func answerTo(one request) answer {
	result := answer{Lint: lintMessages(one)}
	objects, err := render(one)
	if err != nil {
		result.Error = err.Error()
	}
	result.Objects = objects
	return result
}

func lintMessages(one request) []string {
	messages := []string{}
	for _, message := range lint.RunAll(one.Chart, one.Values, one.Namespace).Messages {
		// 1 is a recommendation, 2 a warning, 3 an error.
		if message.Severity >= 2 {
			messages = append(messages, message.Error())
		}
	}
	return messages
}

func render(one request) (map[string]string, error) {
	chart, err := loader.Load(one.Chart)
	if err != nil {
		return nil, err
	}
	release := common.ReleaseOptions{Name: one.Name, Namespace: one.Namespace, Revision: 1, IsInstall: true}
	values, err := util.ToRenderValues(chart, one.Values, release, common.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	rendered, err := engine.Render(chart, values)
	if err != nil {
		return nil, err
	}
	objects := map[string]string{}
	for name, text := range rendered {
		base := path.Base(name)
		if strings.HasPrefix(base, "_") || base == "NOTES.txt" || strings.TrimSpace(text) == "" {
			continue
		}
		objects[strings.TrimSuffix(base, ".yaml")] = strings.TrimSpace(text) + "\n"
	}
	return objects, nil
}
