// Command oracle runs the real kube-scheduler's plugins on worlds given as JSON.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
	schedconfig "k8s.io/kubernetes/pkg/scheduler/apis/config"
	configlatest "k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
)

func usage() {
	fmt.Fprintln(os.Stderr, `usage: oracle [-j N] COMMAND, with one JSON document a line on stdin
  run       worlds -> one answer a world
  default   worlds -> the same worlds after the API server's defaulting
  config    KubeSchedulerConfigurations -> what is wrong with them, or the plugins they run
  info      print plugin order, weights and feature gates of the default profile
  bench     one world -> where its pods went, and how long that took (see oracle bench -h)`)
	os.Exit(2)
}

func main() {
	jobs := flag.Int("j", runtime.NumCPU(), "documents that are answered at a time")
	flag.Usage = usage
	flag.Parse()
	silenceLog()
	if flag.NArg() == 0 {
		usage()
	}
	switch flag.Arg(0) {
	case "run":
		pipe(*jobs, runDocument)
	case "default":
		pipe(*jobs, defaultDocument)
	case "config":
		pipe(*jobs, func(data []byte) any { return checkConfig(data) })
	case "info":
		info()
	case "bench":
		bench(flag.Args()[1:])
	default:
		usage()
	}
}

func die(err error) { fmt.Fprintln(os.Stderr, "oracle:", err); os.Exit(1) }

func silenceLog() {
	fs := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(fs)
	_ = fs.Set("logtostderr", "false")
	_ = fs.Set("alsologtostderr", "false")
	_ = fs.Set("stderrthreshold", "FATAL")
	klog.SetOutput(io.Discard)
}

func runDocument(data []byte) (answer any) {
	w, warnings, err := parseWorld(data)
	if err != nil {
		return &WorldResult{Error: "parse: " + err.Error()}
	}
	defer func() {
		if p := recover(); p != nil {
			stack := make([]byte, 4096)
			stack = stack[:runtime.Stack(stack, false)]
			answer = &WorldResult{ID: w.ID, Error: fmt.Sprintf("panic: %v\n%s", p, stack)}
		}
	}()
	return runWorld(w, warnings)
}

func defaultDocument(data []byte) any {
	w, _, err := parseWorld(data)
	if err != nil {
		return &WorldResult{Error: "parse: " + err.Error()}
	}
	w.APIDefaults = true
	if err := w.prepare(); err != nil {
		return &WorldResult{ID: w.ID, Error: err.Error()}
	}
	w.APIDefaults = false
	return w
}

// pipe answers the documents on stdin, jobs at a time, in their order.
func pipe(jobs int, answer func([]byte) any) {
	type item struct {
		data   []byte
		answer chan []byte
	}
	work := make(chan *item, jobs)
	order := make(chan *item, jobs*4)
	for i := 0; i < jobs; i++ {
		go func() {
			for it := range work {
				it.answer <- marshal(answer(it.data))
			}
		}()
	}
	go func() {
		dec := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
		for dec.More() {
			var raw json.RawMessage
			if err := dec.Decode(&raw); err != nil {
				die(err)
			}
			it := &item{data: raw, answer: make(chan []byte, 1)}
			order <- it
			work <- it
		}
		close(work)
		close(order)
	}()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for it := range order {
		_, _ = out.Write(<-it.answer)
		_ = out.WriteByte('\n')
		if len(order) == 0 {
			_ = out.Flush()
		}
	}
	_ = out.Flush()
}

func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte(fmt.Sprintf(`{"error":%q}`, err.Error()))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

func info() {
	cfg, err := configlatest.Default()
	if err != nil {
		die(err)
	}
	e, err := newEnv(cfg, 1)
	if err != nil {
		die(err)
	}
	defer e.close()
	for name, f := range e.sched.Profiles {
		fmt.Println("profile", name)
		weights := pluginsOf(f).weight
		all := f.ListPlugins()
		for _, point := range []struct {
			name string
			set  []string
		}{
			{"PreEnqueue", names(all.PreEnqueue.Enabled)}, {"PreFilter", names(all.PreFilter.Enabled)},
			{"Filter", names(all.Filter.Enabled)}, {"PostFilter", names(all.PostFilter.Enabled)},
			{"PreScore", names(all.PreScore.Enabled)}, {"Score", names(all.Score.Enabled)},
			{"Reserve", names(all.Reserve.Enabled)}, {"Permit", names(all.Permit.Enabled)},
			{"PreBind", names(all.PreBind.Enabled)}, {"Bind", names(all.Bind.Enabled)},
		} {
			fmt.Printf("%s:", point.name)
			for _, plugin := range point.set {
				if point.name == "Score" {
					fmt.Printf(" %s*%d", plugin, weights[plugin])
				} else {
					fmt.Print(" ", plugin)
				}
			}
			fmt.Println()
		}
	}
	printGates()
}

func printGates() {
	var on, off []string
	for gate, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		text := fmt.Sprintf("%s(%s)", gate, spec.PreRelease)
		if utilfeature.DefaultFeatureGate.Enabled(gate) {
			on = append(on, text)
		} else {
			off = append(off, text)
		}
	}
	sort.Strings(on)
	sort.Strings(off)
	fmt.Println("gates on:", on)
	fmt.Println("gates off:", off)
}

func names(plugins []schedconfig.Plugin) []string {
	var list []string
	for _, p := range plugins {
		list = append(list, p.Name)
	}
	return list
}
