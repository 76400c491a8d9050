package main

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/events"
	"k8s.io/klog/v2"
)

// memInformer is a SharedIndexInformer without any goroutine: objects are put
// into the indexer and delivered to the handlers synchronously by the oracle.
type memInformer struct {
	indexer  cache.Indexer
	handlers []cache.ResourceEventHandler
}

func newMemInformer(clientset.Interface, time.Duration) cache.SharedIndexInformer {
	return &memInformer{indexer: cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})}
}

type doneChecker struct{}

var closedCh = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (doneChecker) Name() string          { return "oracle" }
func (doneChecker) Done() <-chan struct{} { return closedCh }

type memReg struct{}

func (memReg) HasSynced() bool                     { return true }
func (memReg) HasSyncedChecker() cache.DoneChecker { return doneChecker{} }

func (m *memInformer) AddEventHandler(h cache.ResourceEventHandler) (cache.ResourceEventHandlerRegistration, error) {
	m.handlers = append(m.handlers, h)
	return memReg{}, nil
}
func (m *memInformer) AddEventHandlerWithResyncPeriod(h cache.ResourceEventHandler, _ time.Duration) (cache.ResourceEventHandlerRegistration, error) {
	return m.AddEventHandler(h)
}
func (m *memInformer) AddEventHandlerWithOptions(h cache.ResourceEventHandler, _ cache.HandlerOptions) (cache.ResourceEventHandlerRegistration, error) {
	return m.AddEventHandler(h)
}
func (m *memInformer) RemoveEventHandler(cache.ResourceEventHandlerRegistration) error { return nil }
func (m *memInformer) GetStore() cache.Store                                           { return m.indexer }
func (m *memInformer) GetIndexer() cache.Indexer                                       { return m.indexer }
func (m *memInformer) AddIndexers(i cache.Indexers) error                              { return m.indexer.AddIndexers(i) }
func (m *memInformer) GetController() cache.Controller                                 { return nil }
func (m *memInformer) Run(<-chan struct{})                                             {}
func (m *memInformer) RunWithContext(context.Context)                                  {}
func (m *memInformer) HasSynced() bool                                                 { return true }
func (m *memInformer) HasSyncedChecker() cache.DoneChecker                             { return doneChecker{} }
func (m *memInformer) LastSyncResourceVersion() string                                 { return "1" }
func (m *memInformer) SetWatchErrorHandler(cache.WatchErrorHandler) error              { return nil }
func (m *memInformer) SetWatchErrorHandlerWithContext(cache.WatchErrorHandlerWithContext) error {
	return nil
}
func (m *memInformer) SetTransform(cache.TransformFunc) error { return nil }
func (m *memInformer) IsStopped() bool                        { return false }

func (m *memInformer) add(o runtime.Object) error {
	if err := m.indexer.Add(o); err != nil {
		return err
	}
	for _, h := range m.handlers {
		h.OnAdd(o, false)
	}
	return nil
}

// put adds, or replaces what has the same name.
func (m *memInformer) put(o runtime.Object) error {
	old, isThere, err := m.indexer.Get(o)
	if err != nil || !isThere {
		return errors.Join(err, m.add(o))
	}
	if err := m.indexer.Update(o); err != nil {
		return err
	}
	for _, h := range m.handlers {
		h.OnUpdate(old, o)
	}
	return nil
}

func (m *memInformer) delete(o runtime.Object) error {
	if err := m.indexer.Delete(o); err != nil {
		return err
	}
	for _, h := range m.handlers {
		h.OnDelete(o)
	}
	return nil
}

// deleteNamed deletes what has this name, if anything has.
func (m *memInformer) deleteNamed(namespace, name string) error {
	key := cache.ObjectName{Namespace: namespace, Name: name}.String()
	found, isThere, err := m.indexer.GetByKey(key)
	if err != nil || !isThere {
		return err
	}
	return m.delete(found.(runtime.Object))
}

// nopRecorder throws events away.

type nopRecorder struct{}

func (nopRecorder) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...interface{}) {
}
func (r nopRecorder) WithLogger(klog.Logger) events.EventRecorderLogger { return r }
