{{/* Values that do not go together end the rendering, before anything is changed. */}}
{{- define "argus.check" -}}
{{- $sharing := ne .Values.redis.existingSecret "" -}}
{{- if and (gt (int .Values.replicas) 1) (not $sharing) -}}
{{- fail "replicas must be 1 unless redis.existingSecret names a Secret with REDIS_URL: instances that share nothing allow every limit once each" -}}
{{- end -}}
{{- if and .Values.snapshot.enabled $sharing -}}
{{- fail "snapshot.enabled must be false where redis.existingSecret is set: buckets are in Redis then" -}}
{{- end -}}
{{- if and .Values.tls.clientCertificates (eq .Values.tls.existingSecret "") -}}
{{- fail "tls.clientCertificates must be false unless tls.existingSecret names a Secret" -}}
{{- end -}}
{{- end -}}

{{/* Release and chart are often called the same: once is enough. */}}
{{- define "argus.name" -}}
{{- if contains "argus" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-argus" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "argus.selector" -}}
app.kubernetes.io/name: argus
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "argus.labels" -}}
{{ include "argus.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{/*
MAX_KEYS times 224 bytes (168 where nothing is shared), 64 MiB a thread for what clients may have on
their way, 200 MB for the process, and 128 MB for each thing that is switched on; in Mi, rounded up.
*/}}
{{- define "argus.memory" -}}
{{- $each := ternary 224 168 (ne .Values.redis.existingSecret "") -}}
{{- $bytes := add 200000000 (mul $each (int64 .Values.maxKeys)) (mul 67108864 (int64 .Values.threads)) -}}
{{- if .Values.policies }}{{ $bytes = add $bytes 134217728 }}{{ end -}}
{{- if .Values.snapshot.enabled }}{{ $bytes = add $bytes 134217728 }}{{ end -}}
{{- if .Values.admin.existingSecret }}{{ $bytes = add $bytes 134217728 }}{{ end -}}
{{- printf "%dMi" (add1 (div $bytes 1048576)) -}}
{{- end -}}
