package main

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler"
	schedconfig "k8s.io/kubernetes/pkg/scheduler/apis/config"
	internalcache "k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
)

// lateStart is when pods on nodes started that do not say when. Upstream reads the clock each time it asks, so that such
// pods are the youngest, and which of two is younger is chance.
var lateStart = metav1.NewTime(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))

// env is a real scheduler whose informers are fed by hand.
type env struct {
	ctx     context.Context
	cancel  context.CancelFunc
	log     klog.Logger
	cfg     *schedconfig.KubeSchedulerConfiguration
	factory informers.SharedInformerFactory
	inf     map[reflect.Type]*memInformer
	sched   *scheduler.Scheduler
}

// newEnv makes a scheduler whose client knows no object.
func newEnv(cfg *schedconfig.KubeSchedulerConfiguration, parallelism int32) (*env, error) {
	ctx, cancel := context.WithCancel(context.Background())
	log := klog.FromContext(ctx)
	ctx = klog.NewContext(ctx, log)
	client := fake.NewSimpleClientset()
	e := &env{ctx: ctx, cancel: cancel, log: log, cfg: cfg, inf: map[reflect.Type]*memInformer{}}
	e.factory = informers.NewSharedInformerFactory(client, 0)
	for _, o := range informedTypes {
		e.inf[reflect.TypeOf(o)] = e.factory.InformerFor(o, newMemInformer).(*memInformer)
	}
	s, err := scheduler.New(ctx, client, e.factory, nil, func(string) events.EventRecorderLogger { return nopRecorder{} },
		scheduler.WithComponentConfigVersion(cfg.TypeMeta.APIVersion),
		scheduler.WithProfiles(cfg.Profiles...),
		scheduler.WithPercentageOfNodesToScore(cfg.PercentageOfNodesToScore),
		scheduler.WithExtenders(cfg.Extenders...),
		scheduler.WithParallelism(parallelism),
		scheduler.WithPodInitialBackoffSeconds(cfg.PodInitialBackoffSeconds),
		scheduler.WithPodMaxBackoffSeconds(cfg.PodMaxBackoffSeconds),
	)
	if err != nil {
		cancel()
		return nil, err
	}
	e.sched = s
	for _, f := range s.Profiles {
		if dp := pluginsOf(f).preemption(); dp != nil {
			dp.Evaluator.PdbLister = sortedBudgets{dp.Evaluator.PdbLister}
		}
	}
	return e, nil
}

func (e *env) close() {
	e.cancel()
	e.sched.SchedulingQueue.Close()
	_ = e.sched.Profiles.Close()
}

func (e *env) informer(o runtime.Object) *memInformer { return e.inf[reflect.TypeOf(o)] }

func (e *env) snapshot(f framework.Framework) *internalcache.Snapshot {
	return f.SnapshotSharedLister().(*internalcache.Snapshot)
}

func (e *env) refresh(f framework.Framework) error {
	return e.sched.Cache.UpdateSnapshot(e.log, e.snapshot(f))
}

// load tells the scheduler of everything there is.
func (e *env) load(w *World) error {
	for _, o := range w.others() {
		if err := e.informer(o).add(o); err != nil {
			return err
		}
	}
	for _, p := range w.Pods {
		// the scheduler's informer never lists finished pods
		if p.Status.Phase == v1.PodSucceeded || p.Status.Phase == v1.PodFailed {
			continue
		}
		if p.Spec.NodeName != "" && p.Status.StartTime == nil {
			p.Status.StartTime = &lateStart
		}
		if err := e.loadPod(p, p.Spec.NodeName != "" || p.Status.NominatedNodeName != ""); err != nil {
			return err
		}
	}
	for _, p := range w.Incoming {
		// until its turn comes, a pod counts only when a node is promised to it
		if err := e.loadPod(p, p.Status.NominatedNodeName != "" && p.Spec.NodeName == ""); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) loadPod(p *v1.Pod, isHeardOf bool) error {
	if isHeardOf {
		return e.informer(p).add(p)
	}
	return e.informer(p).indexer.Add(p)
}

type plugins struct {
	preEnqueue []fwk.PreEnqueuePlugin
	preFilter  []fwk.PreFilterPlugin
	filter     []fwk.FilterPlugin
	postFilter []fwk.PostFilterPlugin
	score      []fwk.ScorePlugin
	weight     map[string]int
}

func pluginsOf(f framework.Framework) *plugins {
	return &plugins{
		preEnqueue: f.PreEnqueuePlugins(),
		preFilter:  private[[]fwk.PreFilterPlugin](f, "preFilterPlugins"),
		filter:     private[[]fwk.FilterPlugin](f, "filterPlugins"),
		postFilter: private[[]fwk.PostFilterPlugin](f, "postFilterPlugins"),
		score:      private[[]fwk.ScorePlugin](f, "scorePlugins"),
		weight:     private[map[string]int](f, "scorePluginWeight"),
	}
}

// private reads a private field of frameworkImpl.
func private[T any](f framework.Framework, field string) T {
	v := reflect.ValueOf(f).Elem().FieldByName(field)
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem().Interface().(T)
}
