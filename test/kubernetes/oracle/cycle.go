package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// startBase is when the first incoming pod starts; the others follow a second apart.
var startBase = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func runWorld(w *World, warnings []string) *WorldResult {
	out := &WorldResult{ID: w.ID, Warnings: warnings}
	fail := func(what string, err error) *WorldResult {
		out.Error = fmt.Sprintf("%s: %v", what, err)
		return out
	}
	cfg, err := loadConfig(w.Config)
	if err != nil {
		return fail("config", err)
	}
	if err := w.prepare(); err != nil {
		return fail("objects", err)
	}
	e, err := newEnv(cfg, 1)
	if err != nil {
		return fail("scheduler", err)
	}
	defer e.close()
	if err := e.load(w); err != nil {
		return fail("load", err)
	}
	order := map[string]int{}
	for i, n := range w.Nodes {
		order[n.Name] = i
	}
	for i, pod := range w.Incoming {
		out.Results = append(out.Results, PodResult{Pod: pod.Namespace + "/" + pod.Name})
		r := &out.Results[i]
		f, ok := e.sched.Profiles[pod.Spec.SchedulerName]
		if !ok {
			r.Ignored = true
			continue
		}
		if err := e.refresh(f); err != nil {
			return fail("snapshot", err)
		}
		c := &cycle{env: e, world: w, f: f, plugins: pluginsOf(f), pod: pod, order: order, out: r}
		if c.judge() && w.Mode != "" && w.Mode != "diagnose" {
			c.place(startBase.Add(time.Duration(i) * time.Second))
		}
	}
	return out
}

// cycle is what happens to one pod.
type cycle struct {
	*env
	world   *World
	f       framework.Framework
	plugins *plugins
	pod     *v1.Pod
	order   map[string]int // a node's place in the world
	out     *PodResult

	state    fwk.CycleState // of the complete filter run
	feasible []fwk.NodeInfo

	queued   *framework.QueuedPodInfo
	upstream fwk.CycleState // of SchedulePod
	fitErr   *framework.FitError
}

func (c *cycle) problem(format string, a ...any) {
	c.out.Problems = append(c.out.Problems, fmt.Sprintf(format, a...))
}

// judge asks every plugin and then SchedulePod about the pod. It says whether the pod may be placed.
func (c *cycle) judge() bool {
	for _, p := range c.plugins.preEnqueue {
		if s := p.PreEnqueue(c.ctx, c.pod); !s.IsSuccess() {
			c.out.Gated = statusOut(p.Name(), s)
			return false
		}
	}
	c.preFilterEach()
	c.filter()
	if len(c.feasible) > 0 {
		c.score()
	}
	c.schedule()
	if c.out.Upstream != nil && c.out.Upstream.Error != "" {
		return false
	}
	c.choose()
	return true
}

// preFilterEach runs the PreFilter plugins one by one on a state that is thrown away.
func (c *cycle) preFilterEach() {
	nodes, _ := c.snapshot(c.f).List()
	state := framework.NewCycleState()
	for _, p := range c.plugins.preFilter {
		res, s := p.PreFilter(c.ctx, state, c.pod, nodes)
		if s.IsSkip() || (s.IsSuccess() && res.AllNodes()) {
			continue
		}
		o := PreFilterOut{StatusOut: *statusOut(p.Name(), s)}
		if s.IsSuccess() {
			o.Nodes = sets.List(res.NodeNames)
		}
		c.out.PreFilter = append(c.out.PreFilter, o)
	}
}

// filter runs PreFilter and Filter as the framework does, over all nodes whatever share it is told to look at.
func (c *cycle) filter() {
	c.state = framework.NewCycleState()
	left, status, by := c.f.RunPreFilterPlugins(c.ctx, c.state, c.pod)
	c.out.SkipFilter = sets.List(c.state.GetSkipFilterPlugins())
	if !status.IsSuccess() {
		c.out.PreFilterStatus = statusOut("", status)
		return
	}
	nodes, _ := c.snapshot(c.f).List()
	for _, n := range nodes {
		o := NodeOut{Name: n.Node().Name, Filters: c.failingFilters(n)}
		if !left.AllNodes() && !left.NodeNames.Has(o.Name) {
			o.Excluded = true
			reason := fmt.Sprintf("node(s) didn't satisfy plugin(s) %v", sets.List(by))
			o.First = &StatusOut{Plugin: strings.Join(sets.List(by), " "), Code: fwk.UnschedulableAndUnresolvable.String(), Reasons: []string{reason}}
		} else if s := c.f.RunFilterPluginsWithNominatedPods(c.ctx, c.state, c.pod, n); s.IsSuccess() {
			o.OK = true
			c.feasible = append(c.feasible, n)
			c.out.Feasible = append(c.out.Feasible, o.Name)
		} else {
			o.First = statusOut("", s)
		}
		c.out.Nodes = append(c.out.Nodes, o)
	}
}

func (c *cycle) failingFilters(n fwk.NodeInfo) map[string]StatusOut {
	failing := map[string]StatusOut{}
	for _, p := range c.plugins.filter {
		if c.state.GetSkipFilterPlugins().Has(p.Name()) {
			continue
		}
		if s := p.Filter(c.ctx, c.state, c.pod, n); !s.IsSuccess() {
			failing[p.Name()] = StatusOut{Code: s.Code().String(), Reasons: canonReasons(s.Reasons())}
		}
	}
	return failing
}

// score runs PreScore and Score over all feasible nodes, also over a single one, which upstream takes unscored.
func (c *cycle) score() {
	if s := c.f.RunPreScorePlugins(c.ctx, c.state, c.pod, c.feasible); !s.IsSuccess() {
		c.out.ScoreError = s.AsError().Error()
		return
	}
	c.out.SkipScore = sets.List(c.state.GetSkipScorePlugins())
	totals := make([]int64, len(c.feasible))
	for _, p := range c.plugins.score {
		if c.state.GetSkipScorePlugins().Has(p.Name()) {
			continue
		}
		o, err := c.scoreBy(p)
		if err != nil {
			c.out.Scores, c.out.ScoreError = nil, err.Error()
			return
		}
		c.out.Scores = append(c.out.Scores, *o)
		for i, weighted := range o.Weighted {
			totals[i] += weighted
		}
	}
	c.out.Totals = totals
	for i, total := range totals {
		if total == slices.Max(totals) {
			c.out.Best = append(c.out.Best, c.out.Feasible[i])
		}
	}
	c.checkTotals()
}

func (c *cycle) scoreBy(p fwk.ScorePlugin) (*PluginScoreOut, error) {
	o := &PluginScoreOut{Plugin: p.Name(), Weight: c.plugins.weight[p.Name()]}
	list := make(fwk.NodeScoreList, len(c.feasible))
	for i, n := range c.feasible {
		score, status := p.Score(c.ctx, c.state, c.pod, n)
		if !status.IsSuccess() {
			return nil, fmt.Errorf("score %s on %s: %w", p.Name(), n.Node().Name, status.AsError())
		}
		list[i] = fwk.NodeScore{Name: n.Node().Name, Score: score}
		o.Raw = append(o.Raw, score)
	}
	if ext := p.ScoreExtensions(); ext != nil {
		if status := ext.NormalizeScore(c.ctx, c.state, c.pod, list); !status.IsSuccess() {
			return nil, fmt.Errorf("normalize %s: %w", p.Name(), status.AsError())
		}
	}
	for i := range list {
		o.Norm = append(o.Norm, list[i].Score)
		o.Weighted = append(o.Weighted, list[i].Score*int64(o.Weight))
	}
	return o, nil
}

// checkTotals holds the sums against the framework's own.
func (c *cycle) checkTotals() {
	official, s := c.f.RunScorePlugins(c.ctx, c.state, c.pod, c.feasible)
	if !s.IsSuccess() {
		c.problem("RunScorePlugins: %v", s.AsError())
		return
	}
	for i := range official {
		if official[i].TotalScore != c.out.Totals[i] {
			c.problem("total %s: own %d framework %d", c.out.Feasible[i], c.out.Totals[i], official[i].TotalScore)
		}
	}
}

// schedule is the real thing.
func (c *cycle) schedule() {
	result, err := c.schedulePod(c.pod)
	if err == nil {
		c.out.Upstream = &UpstreamOut{Host: result.SuggestedHost, Feasible: result.FeasibleNodes}
	} else if errors.As(err, &c.fitErr) {
		c.out.FilterMessage = c.fitErr.Error()
	} else if errors.Is(err, scheduler.ErrNoNodesAvailable) {
		c.out.FilterMessage = err.Error()
		c.out.Message = err.Error()
	} else {
		c.out.Upstream = &UpstreamOut{Error: err.Error()}
	}
}

func (c *cycle) schedulePod(pod *v1.Pod) (scheduler.ScheduleResult, error) {
	// The queue, too, takes a pod whose affinity terms do not parse.
	info, _ := framework.NewPodInfo(pod)
	c.queued = &framework.QueuedPodInfo{PodInfo: info}
	c.upstream = framework.NewCycleState()
	return c.sched.SchedulePod(context.WithoutCancel(c.ctx), c.f, c.upstream, c.queued)
}

// choose takes the best node, the one that comes first in the world among equals, or what SchedulePod took.
func (c *cycle) choose() {
	r := c.out
	if len(r.Feasible) == 1 {
		r.Selected = r.Feasible[0]
	} else if len(r.Best) > 0 {
		r.Selected = c.firstOf(r.Best)
	}
	// The nominated node is tried before the others, also when PreFilter leaves it out.
	if name := c.pod.Status.NominatedNodeName; name != "" && r.Upstream != nil && r.Upstream.Host == name && r.Upstream.Feasible == 1 {
		r.NominatedPath, r.Selected = true, name
	}
	if len(c.cfg.Extenders) > 0 {
		return
	}
	if c.fitErr != nil && len(r.Feasible) > 0 {
		c.problem("upstream says %q but %d feasible", r.FilterMessage, len(r.Feasible))
	}
	if r.Upstream == nil {
		return
	}
	sampled := r.Upstream.Feasible != len(r.Feasible)
	if !r.NominatedPath && !sampled && len(r.Feasible) > 1 && !slices.Contains(r.Best, r.Upstream.Host) {
		c.problem("upstream chose %s, not among best %v", r.Upstream.Host, r.Best)
	}
	if c.world.TieBreak == "upstream" {
		r.Selected = r.Upstream.Host
	}
}

// firstOf returns the name that comes first in the world.
func (c *cycle) firstOf(names []string) string {
	return slices.MinFunc(names, func(a, b string) int { return c.order[a] - c.order[b] })
}

// place puts the pod where it belongs, in mode preempt after its victims have gone.
func (c *cycle) place(start time.Time) {
	if c.fitErr != nil {
		host := c.postFilter()
		if c.world.Mode != "preempt" || host == "" || !c.retry(host) {
			return
		}
	}
	if c.out.Selected != "" {
		c.assume(start)
	}
}

// retry schedules the pod, nominated now, once more. That it does not land there happens upstream too: dry run and
// cycle do not see exactly the same state.
func (c *cycle) retry(host string) bool {
	nominated := c.pod.DeepCopy()
	nominated.Status.NominatedNodeName = host
	if err := c.refresh(c.f); err != nil {
		c.problem("refresh: %v", err)
		return false
	}
	result, err := c.schedulePod(nominated)
	if err != nil || result.SuggestedHost != host {
		c.out.Preemption.After = fmt.Sprintf("%s%v", result.SuggestedHost, err)
		return false
	}
	c.out.Selected = host
	c.state = c.upstream
	return true
}

// assume reserves and confirms, with the state of the filter run that has entries for every node.
func (c *cycle) assume(start time.Time) {
	assumed := c.queued.DeepCopy().Pod
	assumed.Spec.NodeName = c.out.Selected
	if err := c.sched.Cache.AssumePod(c.log, assumed); err != nil {
		c.problem("assume: %v", err)
		return
	}
	if s := c.f.RunReservePluginsReserve(c.ctx, c.state, assumed, c.out.Selected); !s.IsSuccess() {
		c.f.RunReservePluginsUnreserve(c.ctx, c.state, assumed, c.out.Selected)
		_ = c.sched.Cache.ForgetPod(c.log, assumed)
		c.out.Reserve = statusOut("", s)
		c.out.Selected = ""
		return
	}
	// Upstream does this before Reserve. But a pod that is not placed stays as the world has it, nomination and all: what the
	// failure handler would write about it is no decision.
	c.sched.SchedulingQueue.DeleteNominatedPodIfExists(assumed)
	bound := assumed.DeepCopy()
	if bound.Status.StartTime == nil {
		t := metav1.NewTime(start)
		bound.Status.StartTime = &t
	}
	if bound.Status.Phase == "" || bound.Status.Phase == v1.PodPending {
		bound.Status.Phase = v1.PodRunning
	}
	bound.Status.NominatedNodeName = ""
	_ = c.informer(bound).indexer.Update(bound)
	if err := c.sched.Cache.AddPod(c.log, bound); err != nil {
		c.problem("confirm: %v", err)
	}
}
