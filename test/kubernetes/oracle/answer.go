package main

import (
	"sort"
	"strings"

	fwk "k8s.io/kube-scheduler/framework"
)

// WorldResult is the answer to one world.
type WorldResult struct {
	ID       string      `json:"id,omitempty"`
	Error    string      `json:"error,omitempty"`
	Warnings []string    `json:"warnings,omitempty"`
	Results  []PodResult `json:"results,omitempty"`
}

// PodResult is the answer about one incoming pod. Arrays in scores, and totals, follow the order of feasible.
type PodResult struct {
	Pod             string           `json:"pod"`
	Ignored         bool             `json:"ignored,omitempty"` // no profile has its scheduler's name
	Gated           *StatusOut       `json:"gated,omitempty"`
	PreFilter       []PreFilterOut   `json:"preFilter,omitempty"`
	PreFilterStatus *StatusOut       `json:"preFilterStatus,omitempty"` // the pod as a whole is rejected
	SkipFilter      []string         `json:"skipFilter,omitempty"`
	Nodes           []NodeOut        `json:"nodes,omitempty"`
	Feasible        []string         `json:"feasible,omitempty"`
	SkipScore       []string         `json:"skipScore,omitempty"`
	ScoreError      string           `json:"scoreError,omitempty"`
	Scores          []PluginScoreOut `json:"scores,omitempty"`
	Totals          []int64          `json:"totals,omitempty"`
	Best            []string         `json:"best,omitempty"`          // the nodes with the largest total
	NominatedPath   bool             `json:"nominatedPath,omitempty"` // chosen because status.nominatedNodeName named it
	Selected        string           `json:"selected,omitempty"`
	FilterMessage   string           `json:"filterMessage,omitempty"` // FitError without PostFilter's part
	Message         string           `json:"message,omitempty"`       // FitError with PostFilter's part, as event and condition have it
	Upstream        *UpstreamOut     `json:"upstream,omitempty"`
	Preemption      *PreemptOut      `json:"preemption,omitempty"`
	Reserve         *StatusOut       `json:"reserve,omitempty"`  // only when Reserve failed
	Problems        []string         `json:"problems,omitempty"` // failed checks of the oracle on itself
}

// PreFilterOut is a PreFilter plugin that rejected the pod or left nodes out.
type PreFilterOut struct {
	StatusOut
	Nodes []string `json:"nodes,omitempty"` // the nodes it leaves, sorted
}

// NodeOut is what filters say about a node.
type NodeOut struct {
	Name     string               `json:"name"`
	OK       bool                 `json:"ok"`
	Excluded bool                 `json:"excluded,omitempty"` // PreFilter left it out
	First    *StatusOut           `json:"first,omitempty"`    // what the framework reports
	Filters  map[string]StatusOut `json:"filters,omitempty"`  // every filter plugin that fails by itself
}

// PluginScoreOut is one plugin's part in the totals.
type PluginScoreOut struct {
	Plugin   string  `json:"plugin"`
	Weight   int     `json:"weight"`
	Raw      []int64 `json:"raw"`
	Norm     []int64 `json:"norm"`
	Weighted []int64 `json:"weighted"`
}

// UpstreamOut is what SchedulePod returned.
type UpstreamOut struct {
	Host     string `json:"host,omitempty"`
	Feasible int    `json:"feasible,omitempty"` // how many nodes it found before it stopped looking
	Error    string `json:"error,omitempty"`    // an error that is no FitError
}

// PreemptOut is what DefaultPreemption would do.
type PreemptOut struct {
	Candidates []CandidateOut       `json:"candidates,omitempty"`
	Statuses   map[string]StatusOut `json:"statuses,omitempty"` // dry-run rejections per node
	Best       []string             `json:"best,omitempty"`     // nodes equal after all criteria
	Nominated  string               `json:"nominated,omitempty"`
	Victims    []string             `json:"victims,omitempty"`
	Message    string               `json:"message,omitempty"` // PostFilter's message
	After      string               `json:"after,omitempty"`   // mode preempt: the retry did not land on the nominated node
}

// CandidateOut is a node on which the pod fits without some pods of lower priority.
type CandidateOut struct {
	Node          string   `json:"node"`
	Victims       []string `json:"victims"`
	PDBViolations int64    `json:"pdbViolations,omitempty"`
}

// StatusOut is a status of the framework.
type StatusOut struct {
	Plugin  string   `json:"plugin,omitempty"`
	Code    string   `json:"code"`
	Reasons []string `json:"reasons,omitempty"`
}

func statusOut(plugin string, s *fwk.Status) *StatusOut {
	if s == nil {
		return &StatusOut{Plugin: plugin, Code: fwk.Success.String()}
	}
	if plugin == "" {
		plugin = s.Plugin()
	}
	return &StatusOut{Plugin: plugin, Code: s.Code().String(), Reasons: canonReasons(s.Reasons())}
}

var fixedReasons = map[string]bool{"Too many pods": true, "Insufficient cpu": true, "Insufficient memory": true, "Insufficient ephemeral-storage": true}

// canonReasons sorts the reasons that NodeResourcesFit emits in Go's map order, those of scalar resources.
func canonReasons(in []string) []string {
	out := append([]string(nil), in...)
	var places []int
	var scalars []string
	for i, r := range out {
		if strings.HasPrefix(r, "Insufficient ") && !fixedReasons[r] {
			places = append(places, i)
			scalars = append(scalars, r)
		}
	}
	sort.Strings(scalars)
	for k, i := range places {
		out[i] = scalars[k]
	}
	return out
}
