# Sourced by run and nightly: installs what tests and benches ask for and `npm ci` does not bring.
# Their own servers take free ports. From here on a part that is missing is a failure, and none left
# out.

missing() {
  for tool in redis-server redis-cli redis-benchmark nginx wrk; do
    command -v "$tool" > /dev/null || echo "$tool"
  done
}
export PATH="$PATH:/usr/sbin"
if [ -n "$(missing)" ]; then
  as_root=()
  if [ "$(id -u)" -ne 0 ] && command -v sudo > /dev/null; then as_root=(sudo); fi
  "${as_root[@]}" apt-get update
  "${as_root[@]}" apt-get install -y --no-install-recommends redis-server redis-tools nginx wrk
fi
if [ -n "$(missing)" ]; then
  echo "Not installed:" $(missing) >&2
  exit 1
fi
npm ci --prefix examples/object-storage
export ARGUS_NEEDS_ALL=1
