#!/bin/sh
# A sign-in plugin for tests: plugin.sh WHAT [LOG]. It adds a line to LOG each time it is run.
what=$1 log=$2
[ -z "$log" ] || echo run >>"$log"
answer() { printf '{"kind":"ExecCredential","apiVersion":"%s","status":%s}\n' "${VERSION:-client.authentication.k8s.io/v1}" "$1"; }
pem() { printf -- '-----BEGIN %s-----\\nAAAA\\n-----END %s-----\\n' "$1" "$1"; }
runs() { wc -l <"$log" | tr -d ' '; }

case $what in
  token) answer '{"token":"plugin-token"}' ;;
  counted) answer "{\"token\":\"token-$(runs)\"}" ;;
  expiring) answer "{\"token\":\"token-$(runs)\",\"expirationTimestamp\":\"2030-01-01T00:00:00Z\"}" ;;
  certificate) answer "{\"clientCertificateData\":\"$(pem CERTIFICATE)\",\"clientKeyData\":\"$(pem 'PRIVATE KEY')\"}" ;;
  no-key) answer "{\"clientCertificateData\":\"$(pem CERTIFICATE)\"}" ;;
  nothing) answer '{}' ;;
  no-status) printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}' ;;
  header) answer '{"token":"a\r\nX-Evil: 1"}' ;;
  bad-time) answer '{"token":"t","expirationTimestamp":"tomorrow"}' ;;
  not-json) echo 'token: s3cret' ;;
  environment) answer "{\"token\":\"$GREETING-${KUBERNETES_EXEC_INFO:+told}-$(grep -zc ^GREETING= /proc/$$/environ)\"}" ;;
  info)
    printf '%s' "$KUBERNETES_EXEC_INFO" >"$log.info"
    answer '{"token":"t"}'
    ;;
  stdin) if [ -t 0 ]; then exit 3; elif read -r _; then exit 4; else answer '{"token":"no-input"}'; fi ;;
  fails)
    echo 'looking for a session' >&2
    printf 'the session has expired: run \033[31mlogin\033[0m password=hunter2\n' >&2
    exit 7
    ;;
  endless) while :; do printf '%01000d' 0; done ;;
  loud)
    i=0
    while [ $i -lt 3000 ]; do
      echo "a line that says nothing much, number $i" >&2
      i=$((i + 1))
    done
    answer '{"token":"t"}'
    ;;
  hangs) sleep 300 ;;
  leaves-child)
    sleep 10 &
    answer '{"token":"t"}'
    ;;
esac
