#!/usr/bin/env bash
# What is seen: tonic 0.14.9 fails calls whenever a server ends a connection gracefully, as grpcio
# 1.85.3 does at its max_connection_age: a GOAWAY that loses nothing, NO_ERROR, streams answered.
#
# A good guess: a call that has not left the client goes to the next connection, and its caller
# hears nothing of it. So says the retry design of gRPC, and so does grpcio as the client. Seen: some
# calls are failed that the server never saw, most as CANCELLED, as if the caller had given them up.
#
# Needs: cargo, python3 with venv. Fails if any of this changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$(cat "$folder/server.pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check grpcio==1.85.3
mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "seen"
version = "0.0.0"
edition = "2021"
[dependencies]
tonic = { version = "=0.14.9", default-features = false, features = ["channel", "codegen"] }
hyper = "=1.12.0"
h2 = "=0.4.20"
tokio = { version = "1", features = ["rt-multi-thread", "macros", "time"] }
TOML
cat > src/main.rs <<'RUST'
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{transport::Endpoint, Request, Status};

/// Messages without a byte.
#[derive(Default)]
struct Empty;
impl Codec for Empty {
    type Encode = ();
    type Decode = ();
    type Encoder = Empty;
    type Decoder = Empty;
    fn encoder(&mut self) -> Empty { Empty }
    fn decoder(&mut self) -> Empty { Empty }
}
impl Encoder for Empty {
    type Item = ();
    type Error = Status;
    fn encode(&mut self, _: (), _: &mut EncodeBuf<'_>) -> Result<(), Status> { Ok(()) }
}
impl Decoder for Empty {
    type Item = ();
    type Error = Status;
    fn decode(&mut self, _: &mut DecodeBuf<'_>) -> Result<Option<()>, Status> { Ok(Some(())) }
}

#[tokio::main]
async fn main() {
    let address = format!("http://{}", std::env::args().nth(1).unwrap());
    let channel = Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let end = Instant::now() + Duration::from_secs(5);
    let callers: Vec<_> = (0..20).map(|_| {
        let mut client = Grpc::new(channel.clone());
        tokio::spawn(async move {
            let mut codes = Vec::new();
            while Instant::now() < end {
                let path = PathAndQuery::from_static("/seen.Seen/Call");
                let asked = match client.ready().await {
                    Ok(()) => client.unary(Request::new(()), path, Empty).await.map(|_| ()),
                    Err(error) => Err(Status::unavailable(error.to_string())),
                };
                let code = asked.map_or_else(|status| status.code(), |_| tonic::Code::Ok);
                codes.push(format!("{code:?}"));
            }
            codes
        })
    }).collect();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for caller in callers {
        for code in caller.await.unwrap() { *counts.entry(code).or_default() += 1; }
    }
    for (code, count) in counts { println!("{code} {count}"); }
}
RUST
cat > server.py <<'PYTHON'
import signal, sys
from concurrent import futures
import grpc

calls = []
class Seen(grpc.GenericRpcHandler):
    def service(self, details):
        def call(request, context):
            calls.append(1)
            return b""
        return grpc.unary_unary_rpc_method_handler(call)

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
pool = futures.ThreadPoolExecutor(4)
server = grpc.server(pool, handlers=(Seen(),), options=[("grpc.max_connection_age_ms", 200)])
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
signal.sigwait({signal.SIGTERM})
server.stop(5).wait()
print(len(calls), flush=True)
PYTHON
cat > client.py <<'PYTHON'
import collections, sys, threading, time
import grpc

channel = grpc.insecure_channel(sys.argv[1])
call = channel.unary_unary("/seen.Seen/Call")
counts, end = collections.Counter(), time.monotonic() + 5
def ask():
    while time.monotonic() < end:
        try:
            call(b"", timeout=10)
            counts["Ok"] += 1
        except grpc.RpcError as error:
            counts[error.code().name] += 1
callers = [threading.Thread(target=ask) for _ in range(20)]
for caller in callers: caller.start()
for caller in callers: caller.join()
for code in sorted(counts): print(code, counts[code])
PYTHON

# What became of the calls of a client, and how many the server saw.
ask() {
  : > server.out
  venv/bin/python server.py > server.out & echo $! > server.pid
  for _ in $(seq 100); do [ -s server.out ] && break; sleep 0.1; done
  timeout 60 "$@" "127.0.0.1:$(head -1 server.out)"
  kill "$(cat server.pid)"
  wait "$(cat server.pid)"
  echo "seen $(tail -1 server.out)"
}
count() { awk -v code="$2" '$1 == code { print $2; found = 1 } END { if (!found) print 0 }' "$1"; }

cargo build --quiet
ask target/debug/seen > tonic.txt
ask venv/bin/python client.py > grpcio.txt
echo "tonic 0.14.9: $(paste -sd, tonic.txt)"
echo "grpcio 1.85.3: $(paste -sd, grpcio.txt)"
if [ "$(count tonic.txt Cancelled)" -eq 0 ] ||
  [ "$(count tonic.txt Ok)" != "$(count tonic.txt seen)" ] ||
  [ "$(cut -d' ' -f1 grpcio.txt | paste -sd' ')" != "Ok seen" ]; then
  echo "This is no longer what was seen: tonic fails calls that the server never saw, grpcio none" >&2
  exit 1
fi
