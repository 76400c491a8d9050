// Asks Karpenter's scheduler, the code that its own benchmark runs, which nodes it would buy for pods.
//
// A question comes in on standard input as JSON: pods as Kubernetes has them, and types of nodes with an hourly price. The
// answer goes out on standard output: the nodes with their pods, and how long Solve took. What is set up beforehand (topology,
// templates) does not count, as in Karpenter's scheduling_benchmark_test.go, which this follows.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	"k8s.io/utils/clock"
	fakecr "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/log"

	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/cloudprovider/fake"
	"sigs.k8s.io/karpenter/pkg/controllers/provisioning/scheduling"
	"sigs.k8s.io/karpenter/pkg/controllers/state"
	"sigs.k8s.io/karpenter/pkg/events"
	"sigs.k8s.io/karpenter/pkg/operator/injection"
	"sigs.k8s.io/karpenter/pkg/operator/logging"
	"sigs.k8s.io/karpenter/pkg/operator/options"
	requirements "sigs.k8s.io/karpenter/pkg/scheduling"
	"sigs.k8s.io/karpenter/pkg/test"
)

// The number of workers in Karpenter's benchmark.
const workers = 5

type question struct {
	Pods  []*corev1.Pod `json:"pods"`
	Types []nodeType    `json:"types"`
}

type nodeType struct {
	Name        string              `json:"name"`
	Price       float64             `json:"price"`
	Zones       []string            `json:"zones"`
	Allocatable corev1.ResourceList `json:"allocatable"`
}

type answer struct {
	Nodes   []node            `json:"nodes"`
	Errors  map[string]string `json:"errors"`
	Seconds float64           `json:"seconds"`
	CPU     float64           `json:"cpu"`
}

type node struct {
	Type  string   `json:"type"`
	Zone  string   `json:"zone"`
	Price float64  `json:"price"`
	Pods  []string `json:"pods"`
}

func main() {
	log.SetLogger(logging.NopLogger)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return fmt.Errorf("reading the question: %w", err)
	}
	for i, pod := range asked.Pods {
		// Karpenter keeps what it has worked out of a pod by its UID.
		pod.UID = types.UID(fmt.Sprintf("pod-%d", i))
	}
	ctx := options.ToContext(injection.WithControllerName(context.Background(), "provisioner"), test.Options())
	scheduler, err := newScheduler(ctx, asked)
	if err != nil {
		return err
	}
	start, used := time.Now(), cpuSeconds()
	results, err := scheduler.Solve(ctx, asked.Pods)
	if err != nil {
		return fmt.Errorf("solving: %w", err)
	}
	given := answer{Errors: map[string]string{}, Seconds: time.Since(start).Seconds(), CPU: cpuSeconds() - used}
	for pod, err := range results.PodErrors {
		given.Errors[pod.Name] = err.Error()
	}
	for _, claim := range results.NewNodeClaims {
		given.Nodes = append(given.Nodes, cheapestNode(claim))
	}
	return json.NewEncoder(os.Stdout).Encode(given)
}

// What the process has had of the processors, all threads together.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func newScheduler(ctx context.Context, asked question) (*scheduling.Scheduler, error) {
	pool := test.NodePool(v1.NodePool{Spec: v1.NodePoolSpec{Limits: v1.Limits{
		corev1.ResourceCPU:    resource.MustParse("10000000"),
		corev1.ResourceMemory: resource.MustParse("10000000Gi"),
	}}})
	var offered []*cloudprovider.InstanceType
	for _, one := range asked.Types {
		offered = append(offered, instanceType(one))
	}
	byPool := map[string][]*cloudprovider.InstanceType{pool.Name: offered}
	provider := fake.NewCloudProvider()
	provider.InstanceTypes = offered
	client, now := fakecr.NewFakeClient(), &clock.RealClock{}
	cluster, pools := state.NewCluster(now, client, provider), []*v1.NodePool{pool}
	parallel := scheduling.NumConcurrentReconciles(workers)
	topology, err := scheduling.NewTopology(ctx, client, cluster, nil, pools, byPool, asked.Pods, parallel)
	if err != nil {
		return nil, fmt.Errorf("creating the topology: %w", err)
	}
	recorder := events.NewRecorder(&record.FakeRecorder{})
	return scheduling.NewScheduler(ctx, client, pools, cluster, nil, topology, byPool, nil, recorder, now, nil, nil, parallel), nil
}

// What the benchmark's types are, with what is allocatable instead of a fixed overhead, on demand in each zone.
func instanceType(one nodeType) *cloudprovider.InstanceType {
	var offerings []cloudprovider.Offering
	for _, zone := range one.Zones {
		offerings = append(offerings, cloudprovider.Offering{
			Available: true,
			Price:     one.Price,
			Requirements: requirements.NewLabelRequirements(map[string]string{
				v1.CapacityTypeLabelKey:  v1.CapacityTypeOnDemand,
				corev1.LabelTopologyZone: zone,
			}),
		})
	}
	made := fake.NewInstanceType(one.Name, fake.WithResources(one.Allocatable), fake.WithOfferings(offerings...))
	made.Overhead = &cloudprovider.InstanceTypeOverhead{}
	return made
}

// The cheapest of the types that Karpenter leaves open, where it would be launched.
func cheapestNode(claim *scheduling.NodeClaim) node {
	first := claim.InstanceTypeOptions.OrderByPrice(claim.Requirements)[0]
	offering := first.Offerings.Available().Compatible(claim.Requirements).Cheapest()
	made := node{Type: first.Name, Zone: offering.Zone(), Price: offering.Price}
	for _, pod := range claim.Pods {
		made.Pods = append(made.Pods, pod.Name)
	}
	return made
}
