{{- define "stowage.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "stowage.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "stowage.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else if hasPrefix .Release.Name (include "stowage.name" .) -}}
{{- include "stowage.name" . -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "stowage.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "stowage.selectorLabels" -}}
app.kubernetes.io/name: {{ include "stowage.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "stowage.labels" -}}
{{ include "stowage.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "stowage.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "stowage.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Whether the extender listens on more than the loopback address. */}}
{{- define "stowage.isPublic" -}}
{{- if or (and .Values.tls.secretName (ne .Values.mode "loopback")) (eq .Values.mode "service") -}}true{{- end -}}
{{- end -}}

{{/* Whether kube-scheduler leaves the counting of a resource to the extender. */}}
{{- define "stowage.countsAlone" -}}
{{- range .Values.extender.managedResources -}}
{{- if .ignoredByScheduler -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* What the schema cannot say. */}}
{{- define "stowage.check" -}}
{{- if include "stowage.countsAlone" . -}}
  {{- if not .Values.extender.bind -}}
    {{- fail "extender.managedResources has a resource with ignoredByScheduler: set extender.bind to true, for it is promised at bind" -}}
  {{- end -}}
  {{- if eq .Values.mode "loopback" -}}
    {{- fail "extender.managedResources has a resource with ignoredByScheduler: it needs one replica, which mode loopback does not keep to; use mode scheduler or service" -}}
  {{- end -}}
  {{- if gt (int .Values.replicas) 1 -}}
    {{- fail "extender.managedResources has a resource with ignoredByScheduler: set replicas to 1, for no replica knows of another's promises" -}}
  {{- end -}}
  {{- if .Values.extender.ignorable -}}
    {{- fail "extender.managedResources has a resource with ignoredByScheduler: set extender.ignorable to false, for nobody else counts it" -}}
  {{- end -}}
{{- end -}}
{{- if and (eq .Values.mode "service") (not .Values.tls.secretName) (not .Values.insecurePublic) -}}
  {{- fail "mode service needs tls.secretName, or insecurePublic: true where whoever reaches the Service may ask" -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled (not (include "stowage.isPublic" .)) -}}
  {{- fail "podMonitor.enabled needs an address that is not loopback: set tls.secretName, and a mode other than loopback" -}}
{{- end -}}
{{- if and .Values.tls.clientAuth (not .Values.tls.secretName) -}}
  {{- fail "tls.clientAuth needs tls.secretName" -}}
{{- end -}}
{{- if and .Values.tls.clientAuth (not .Values.tls.clientSecretName) (or (eq .Values.mode "scheduler") .Values.podMonitor.enabled) -}}
  {{- fail "tls.clientAuth needs tls.clientSecretName here: kube-scheduler and Prometheus show its certificate" -}}
{{- end -}}
{{- end -}}

{{/* Where kube-scheduler calls it. */}}
{{- define "stowage.url" -}}
{{- $scheme := ternary "https" "http" (ne .Values.tls.secretName "") -}}
{{- if eq .Values.mode "service" -}}
{{- $host := default (printf "%s.%s.svc" (include "stowage.fullname" .) .Release.Namespace) .Values.service.clusterIP -}}
{{- printf "%s://%s:%d" $scheme $host (int .Values.service.port) -}}
{{- else -}}
{{- printf "%s://127.0.0.1:%d" $scheme (int .Values.extender.port) -}}
{{- end -}}
{{- end -}}

{{/* The extender as kube-scheduler's configuration has it. */}}
{{- define "stowage.extenderConfig" -}}
- urlPrefix: {{ include "stowage.url" . }}
  {{- with .Values.extender }}
  {{- if .filter }}
  filterVerb: filter
  {{- end }}
  {{- if .prioritize }}
  prioritizeVerb: prioritize
  weight: {{ .weight }}
  {{- end }}
  {{- if .bind }}
  bindVerb: bind
  {{- end }}
  {{- if .preempt }}
  preemptVerb: preempt
  {{- end }}
  nodeCacheCapable: true
  ignorable: {{ .ignorable }}
  httpTimeout: {{ .httpTimeout }}
  {{- with .managedResources }}
  managedResources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- if .Values.tls.secretName }}
  tlsConfig:
    caFile: {{ include "stowage.callerFile" (list . "ca.crt") }}
    {{- with include "stowage.serverName" . }}
    serverName: {{ . }}
    {{- end }}
    {{- if .Values.tls.clientAuth }}
    certFile: {{ include "stowage.callerFile" (list . "tls.crt") }}
    keyFile: {{ include "stowage.callerFile" (list . "tls.key") }}
    {{- end }}
  {{- end }}
{{- end -}}

{{/* A file of kube-scheduler's side: mounted in its container, or where its administrator puts it. */}}
{{- define "stowage.callerFile" -}}
{{- $root := index . 0 -}}
{{- $file := index . 1 -}}
{{- if ne $root.Values.mode "scheduler" -}}
/etc/kubernetes/stowage/{{ $file }}
{{- else if eq $file "ca.crt" -}}
/etc/stowage/authority/ca.crt
{{- else -}}
/etc/stowage/client/{{ $file }}
{{- end -}}
{{- end -}}

{{- define "stowage.serverName" -}}
{{- if .Values.tls.serverName -}}
{{- .Values.tls.serverName -}}
{{- else if eq .Values.mode "service" -}}
{{- printf "%s.%s.svc" (include "stowage.fullname" .) .Release.Namespace -}}
{{- end -}}
{{- end -}}

{{/* Labels, spreading and rights that both kinds of workload have. */}}
{{- define "stowage.podMetadata" -}}
labels:
  {{- include "stowage.labels" . | nindent 2 }}
  {{- with .Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | sha256sum }}
  {{- with .Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "stowage.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "stowage.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "stowage.probe" -}}
{{- $root := index . 0 -}}
{{- $path := index . 1 -}}
{{- if include "stowage.isPublic" $root -}}
httpGet:
  path: {{ $path }}
  port: extender
  scheme: {{ ternary "HTTPS" "HTTP" (ne $root.Values.tls.secretName "") }}
{{- else if and (eq $root.Values.mode "loopback") (not $root.Values.tls.secretName) -}}
httpGet:
  path: {{ $path }}
  host: 127.0.0.1
  port: {{ $root.Values.extender.port }}
{{- else if eq $root.Values.mode "loopback" -}}
httpGet:
  path: {{ $path }}
  host: 127.0.0.1
  port: {{ $root.Values.extender.port }}
  scheme: HTTPS
{{- else -}}
exec:
  command:
    - node
    - -e
    - {{ printf "fetch('http://127.0.0.1:%d%s').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))" (int $root.Values.extender.port) $path | quote }}
{{- end -}}
{{- end -}}

{{- define "stowage.extenderContainer" -}}
name: extender
image: "{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  - extender
  - --in-cluster
  - --listen={{ ternary "0.0.0.0" "127.0.0.1" (eq (include "stowage.isPublic" .) "true") }}:{{ .Values.extender.port }}
  - --score-map={{ .Values.extender.scoreMap }}
  - --budget={{ .Values.extender.budget }}
  - --on-budget={{ .Values.extender.onBudget }}
  - --body-limit={{ .Values.extender.bodyLimit }}
  - --drain-delay={{ .Values.extender.drainDelay }}
  - --log-level={{ .Values.extender.logLevel }}
  {{- if .Values.extender.config }}
  - --config=/etc/stowage/config/extender.yaml
  {{- end }}
  {{- range .Values.extender.managedResources }}
  - --managed-resource={{ .name }}
  {{- end }}
  {{- range .Values.extender.capacityFrom }}
  - --capacity-from={{ . }}
  {{- end }}
  {{- if .Values.tls.secretName }}
  - --tls-cert=/etc/stowage/tls/tls.crt
  - --tls-key=/etc/stowage/tls/tls.key
  {{- if .Values.tls.clientAuth }}
  - --tls-client-ca=/etc/stowage/tls/ca.crt
  {{- end }}
  {{- else if eq .Values.mode "service" }}
  - --insecure-public
  {{- end }}
  {{- with .Values.extender.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: extender
    containerPort: {{ .Values.extender.port }}
livenessProbe:
  {{- include "stowage.probe" (list . "/livez") | nindent 2 }}
  periodSeconds: 20
  timeoutSeconds: 5
readinessProbe:
  {{- include "stowage.probe" (list . "/readyz") | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 5
startupProbe:
  {{- include "stowage.probe" (list . "/livez") | nindent 2 }}
  periodSeconds: 2
  failureThreshold: 60
  timeoutSeconds: 5
resources:
  {{- toYaml .Values.extender.resources | nindent 2 }}
securityContext:
  {{- include "stowage.containerSecurity" . | nindent 2 }}
volumeMounts:
  - name: config
    mountPath: /etc/stowage/config
    readOnly: true
  {{- if .Values.tls.secretName }}
  - name: tls
    mountPath: /etc/stowage/tls
    readOnly: true
  {{- end }}
{{- end -}}

{{- define "stowage.volumes" -}}
- name: config
  configMap:
    name: {{ include "stowage.fullname" . }}
{{- if .Values.tls.secretName }}
- name: tls
  secret:
    secretName: {{ .Values.tls.secretName }}
{{- if eq .Values.mode "scheduler" }}
# What kube-scheduler needs of it; the key is not its business.
- name: authority
  secret:
    secretName: {{ .Values.tls.secretName }}
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- end }}
{{- if and .Values.tls.clientAuth (eq .Values.mode "scheduler") }}
- name: client
  secret:
    secretName: {{ .Values.tls.clientSecretName }}
{{- end }}
{{- end -}}
