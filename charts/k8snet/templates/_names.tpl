{{- define "k8snet.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Labels of one part; what is immutable (selectors) uses only the first two. */}}
{{- define "k8snet.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "k8snet.labels" -}}
{{ include "k8snet.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "k8snet.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{/* Both processes meet in one store: somebody's Secret, or the bundled Valkey. */}}
{{- define "k8snet.redis" -}}
- name: REDIS_URL
{{- if .Values.redis.existingSecret }}
  valueFrom: {secretKeyRef: {name: {{ .Values.redis.existingSecret }}, key: REDIS_URL}}
{{- else if .Values.valkey.enabled }}
  valueFrom: {secretKeyRef: {name: {{ include "k8snet.valkeySecret" . }}, key: REDIS_URL}}
{{- else }}
{{- fail "no store: set redis.existingSecret (a Secret with the key REDIS_URL) or valkey.enabled=true" }}
{{- end }}
{{- end }}

{{/* The Secret with the bundled store's password: somebody's, or one that is made once. */}}
{{- define "k8snet.valkeySecret" -}}
{{ .Values.valkey.existingSecret | default (printf "%s-valkey" (include "k8snet.name" .)) }}
{{- end }}

{{/* Nobody needs to be root or to write: the same for every container. */}}
{{- define "k8snet.security" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
readOnlyRootFilesystem: true
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "k8snet.placement" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
