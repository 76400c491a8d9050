package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	schedconfig "k8s.io/kubernetes/pkg/scheduler/apis/config"
	configlatest "k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	configscheme "k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	configv1 "k8s.io/kubernetes/pkg/scheduler/apis/config/v1"
	configvalidation "k8s.io/kubernetes/pkg/scheduler/apis/config/validation"
)

// ConfigResult says what kube-scheduler makes of one KubeSchedulerConfiguration.
type ConfigResult struct {
	Stage    string                          `json:"stage,omitempty"` // which step refused it: decode, validate or build
	Errors   []string                        `json:"errors,omitempty"`
	Profiles map[string]*schedconfig.Plugins `json:"profiles,omitempty"` // by scheduler name, in the order in which they run
	Config   json.RawMessage                 `json:"config,omitempty"`   // after defaulting, as v1
}

func refused(stage string, err error) *ConfigResult {
	var list utilerrors.Aggregate
	if !errors.As(err, &list) {
		return &ConfigResult{Stage: stage, Errors: []string{err.Error()}}
	}
	out := &ConfigResult{Stage: stage}
	for _, e := range utilerrors.Flatten(list).Errors() {
		out.Errors = append(out.Errors, e.Error())
	}
	if len(out.Errors) == 1 {
		out.Errors[0] = err.Error() // with what wraps it
	}
	return out
}

// checkConfig decodes, defaults, validates and builds one configuration.
func checkConfig(raw []byte) *ConfigResult {
	cfg, err := decodeConfig(raw)
	if err != nil {
		return refused("decode", err)
	}
	if err := configvalidation.ValidateKubeSchedulerConfiguration(cfg); err != nil {
		return refused("validate", err)
	}
	e, err := newEnv(cfg, 1)
	if err != nil {
		return &ConfigResult{Stage: "build", Errors: []string{err.Error()}}
	}
	defer e.close()
	out := &ConfigResult{Profiles: map[string]*schedconfig.Plugins{}}
	for name, f := range e.sched.Profiles {
		out.Profiles[name] = f.ListPlugins()
	}
	codec := configscheme.Codecs.LegacyCodec(configv1.SchemeGroupVersion)
	if out.Config, err = runtime.Encode(codec, cfg); err != nil {
		return refused("encode", err)
	}
	return out
}

// loadConfig reads a world's configuration; without apiVersion and kind it is taken for the one version there is.
func loadConfig(raw json.RawMessage) (*schedconfig.KubeSchedulerConfiguration, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return configlatest.Default()
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	if _, ok := m["apiVersion"]; !ok {
		m["apiVersion"] = configv1.SchemeGroupVersion.String()
	}
	if _, ok := m["kind"]; !ok {
		m["kind"] = "KubeSchedulerConfiguration"
	}
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	cfg, err := decodeConfig(data)
	if err != nil {
		return nil, err
	}
	if err := configvalidation.ValidateKubeSchedulerConfiguration(cfg); err != nil {
		return nil, err
	}
	return cfg, nil
}

func decodeConfig(data []byte) (*schedconfig.KubeSchedulerConfiguration, error) {
	obj, gvk, err := configscheme.Codecs.UniversalDecoder().Decode(data, nil, nil)
	if err != nil {
		return nil, err
	}
	cfg, ok := obj.(*schedconfig.KubeSchedulerConfiguration)
	if !ok {
		return nil, fmt.Errorf("couldn't decode as KubeSchedulerConfiguration, got %s", gvk)
	}
	cfg.TypeMeta.APIVersion = gvk.GroupVersion().String()
	return cfg, nil
}
