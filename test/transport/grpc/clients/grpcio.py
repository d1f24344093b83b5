"""
grpcio, with the library of gRPC in C, as it comes: 1,000 calls, deadlines that pass, cancellations,
and a silence with pings. Prints what became of them.

Run by test/transport/grpc/clients/clients.test.ts, with the address of the service.
"""

import collections
import json
import sys
import time

import grpc

PATIENCE_S = 20
OPTIONS = [
    ("grpc.keepalive_time_ms", 100),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
]


def code_of(call):
    """The number of the status of a call, once it has ended."""
    try:
        call.result()
    except (grpc.RpcError, grpc.FutureCancelledError):
        pass
    return call.code().value[0]


def main(address):
    with grpc.insecure_channel(address, options=OPTIONS) as channel:
        echo = channel.unary_unary("/test.Echo/Echo")
        late = channel.unary_unary("/test.Echo/Late")
        echoed = 0
        for first in range(0, 1_000, 100):
            messages = [b"call %d" % i for i in range(first, first + 100)]
            calls = [echo.future(message, timeout=PATIENCE_S) for message in messages]
            echoed += sum(call.result() == said for call, said in zip(calls, messages))

        deadlines = [late.future(b"late", timeout=0.05) for _ in range(50)]
        cancelled = [late.future(b"cancelled", timeout=PATIENCE_S) for _ in range(200)]
        for i, call in enumerate(cancelled):
            if i == 100:
                time.sleep(0.02)
            call.cancel()
        outcomes = {
            "echoed": echoed,
            "deadlines": collections.Counter(code_of(call) for call in deadlines),
            "cancelled": collections.Counter(code_of(call) for call in cancelled),
        }

        time.sleep(1)
        last = echo(b"last", timeout=PATIENCE_S)
        print(json.dumps({**outcomes, "last": last.decode()}))


main(sys.argv[1])
