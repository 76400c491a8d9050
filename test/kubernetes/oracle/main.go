// Command oracle runs the real kube-scheduler plugin code on worlds given as JSON.
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
	"runtime/pprof"
	"sort"
	"sync"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
	configlatest "k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
)

func usage() {
	fmt.Fprintln(os.Stderr, `usage: oracle [-feature-gates=A=true,B=false] [-mode M] [-j N] COMMAND [FILE...]
  run       worlds (one JSON document per line, or one JSON array) -> one result line per world
  default   worlds -> the same worlds with API-server defaulting applied
  validate  worlds -> one line per world with API validation errors
  info      print plugin order, weights and feature gates of the default profile
  bench     throughput of the real algorithm (see oracle bench -h)
FILE defaults to stdin`)
	os.Exit(2)
}

func main() {
	gates := flag.String("feature-gates", "", "comma separated Gate=bool")
	mode := flag.String("mode", "", "override every world's mode")
	detail := flag.String("detail", "", "override every world's detail (full|brief)")
	tie := flag.String("tie", "", "override every world's tieBreak (input|snapshot|upstream)")
	jobs := flag.Int("j", runtime.NumCPU(), "worlds evaluated in parallel")
	cpuprof := flag.String("cpuprofile", "", "write a CPU profile")
	verbose := flag.Int("v", -1, "klog verbosity (default: no logging)")
	flag.Usage = usage
	flag.Parse()
	initKlog(*verbose)
	if *gates != "" {
		if err := utilfeature.DefaultMutableFeatureGate.Set(*gates); err != nil {
			die(err)
		}
	}
	if *cpuprof != "" {
		f, err := os.Create(*cpuprof)
		if err != nil {
			die(err)
		}
		_ = pprof.StartCPUProfile(f)
		defer pprof.StopCPUProfile()
	}
	args := flag.Args()
	if len(args) == 0 {
		usage()
	}
	override := func(w *World) {
		if *mode != "" {
			w.Mode = *mode
		}
		if *detail != "" {
			w.Detail = *detail
		}
		if *tie != "" {
			w.TieBreak = *tie
		}
	}
	switch args[0] {
	case "run":
		pipe(args[1:], *jobs, func(data []byte) any {
			w, warn, err := parseWorld(data)
			if err != nil {
				return &WorldResult{Error: "parse: " + err.Error()}
			}
			override(w)
			return safeRun(w, warn)
		})
	case "default":
		pipe(args[1:], *jobs, func(data []byte) any {
			w, _, err := parseWorld(data)
			if err != nil {
				return &WorldResult{Error: "parse: " + err.Error()}
			}
			w.APIDefaults = true
			w.prepare(false)
			w.APIDefaults = false
			override(w)
			return w
		})
	case "validate":
		pipe(args[1:], *jobs, func(data []byte) any {
			w, warn, err := parseWorld(data)
			if err != nil {
				return &WorldResult{Error: "parse: " + err.Error()}
			}
			return map[string]any{"id": w.ID, "warnings": warn, "errors": w.prepare(true)}
		})
	case "info":
		info()
	case "bench":
		bench(args[1:])
	default:
		usage()
	}
}

func die(err error) { fmt.Fprintln(os.Stderr, "oracle:", err); os.Exit(1) }

func initKlog(v int) {
	fs := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(fs)
	if v < 0 {
		_ = fs.Set("logtostderr", "false")
		_ = fs.Set("alsologtostderr", "false")
		_ = fs.Set("stderrthreshold", "FATAL")
		klog.SetOutput(io.Discard)
		return
	}
	_ = fs.Set("v", fmt.Sprint(v))
}

func safeRun(w *World, warn []string) (res *WorldResult) {
	defer func() {
		if p := recover(); p != nil {
			buf := make([]byte, 4096)
			buf = buf[:runtime.Stack(buf, false)]
			res = &WorldResult{ID: w.ID, Mode: w.Mode, Error: fmt.Sprintf("panic: %v\n%s", p, buf)}
		}
	}()
	return runWorld(w, warn)
}

// pipe feeds documents to fn (jobs at a time) and prints the answers in input order.
func pipe(files []string, jobs int, fn func([]byte) any) {
	if len(files) == 0 {
		files = []string{"-"}
	}
	type item struct {
		data []byte
		res  chan []byte
	}
	work := make(chan *item, jobs)
	order := make(chan *item, jobs*4)
	var wg sync.WaitGroup
	for i := 0; i < jobs; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for it := range work {
				b, err := marshal(fn(it.data))
				if err != nil {
					b = []byte(fmt.Sprintf(`{"error":%q}`, err.Error()))
				}
				it.res <- b
			}
		}()
	}
	go func() {
		for _, name := range files {
			var rd io.Reader = os.Stdin
			if name != "-" {
				f, err := os.Open(name)
				if err != nil {
					die(err)
				}
				defer f.Close()
				rd = f
			}
			br := bufio.NewReaderSize(rd, 1<<20)
			first, _ := br.Peek(1)
			dec := json.NewDecoder(br)
			if len(first) == 1 && first[0] == '[' {
				if _, err := dec.Token(); err != nil {
					die(err)
				}
			}
			for dec.More() {
				var raw json.RawMessage
				if err := dec.Decode(&raw); err != nil {
					die(err)
				}
				it := &item{data: raw, res: make(chan []byte, 1)}
				order <- it
				work <- it
			}
		}
		close(work)
		close(order)
	}()
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for it := range order {
		_, _ = out.Write(<-it.res)
		_ = out.WriteByte('\n')
		if len(order) == 0 {
			_ = out.Flush()
		}
	}
	_ = out.Flush()
	wg.Wait()
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

func info() {
	cfg, err := configlatest.Default()
	if err != nil {
		die(err)
	}
	e, err := newEnv(cfg, 1, nil)
	if err != nil {
		die(err)
	}
	defer e.close()
	for name, f := range e.sched.Profiles {
		pl := pluginsOf(f)
		fmt.Println("profile", name)
		fmt.Print("PreEnqueue:")
		for _, p := range pl.preEnqueue {
			fmt.Print(" ", p.Name())
		}
		fmt.Print("\nPreFilter:")
		for _, p := range pl.preFilter {
			fmt.Print(" ", p.Name())
		}
		fmt.Print("\nFilter:")
		for _, p := range pl.filter {
			fmt.Print(" ", p.Name())
		}
		fmt.Print("\nPostFilter:")
		for _, p := range pl.postFilter {
			fmt.Print(" ", p.Name())
		}
		fmt.Print("\nPreScore:")
		for _, p := range pl.preScore {
			fmt.Print(" ", p.Name())
		}
		fmt.Print("\nScore:")
		for _, p := range pl.score {
			fmt.Printf(" %s*%d", p.Name(), pl.weight[p.Name()])
		}
		fmt.Println()
		all := f.ListPlugins()
		fmt.Print("Reserve:")
		for _, p := range all.Reserve.Enabled {
			fmt.Print(" ", p.Name)
		}
		fmt.Print("\nPermit:")
		for _, p := range all.Permit.Enabled {
			fmt.Print(" ", p.Name)
		}
		fmt.Print("\nPreBind:")
		for _, p := range all.PreBind.Enabled {
			fmt.Print(" ", p.Name)
		}
		fmt.Println()
	}
	gates := utilfeature.DefaultMutableFeatureGate.GetAll()
	var on, off []string
	for g, spec := range gates {
		s := fmt.Sprintf("%s(%s)", g, spec.PreRelease)
		if utilfeature.DefaultFeatureGate.Enabled(g) {
			on = append(on, s)
		} else {
			off = append(off, s)
		}
	}
	sort.Strings(on)
	sort.Strings(off)
	fmt.Println("gates on:", on)
	fmt.Println("gates off:", off)
}
