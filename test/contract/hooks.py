"""
What JSON Schema cannot say of a question, and the description of the schema does. A question that
fits the schema and breaks one of these rules is refused, and schemathesis must not expect otherwise.

Loaded by schemathesis itself: see test/contract/run.ts. test/transport/http/openapi-questions.test.ts holds that there are
no other such rules.
"""

import math

import schemathesis

UNITS_US = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
MOST_INTERVAL_US = 366 * UNITS_US["d"]
MOST_KEY_BYTES = 256
MOST_EXACT = 2**53 - 1
MOST_COUNT = 10**9


# The policy of rules/policies.yaml that questions may name.
POLICY = "uploads"
POLICY_CAPACITY = 1_000_000
# No questions of ours: every request that fits the schema is answered.
ENVOY_PATH = "/json"
# Of operators.
KEYS_PATH = "/v1/keys"
KEY_PATH = "/v1/keys/{key}"
TRY_PATH = "/v1/try"


@schemathesis.hook
def filter_case(context, case):
    """Keeps a case that is meant to be refused, and a good one that breaks no rule."""
    if is_beyond_the_document(case):
        return False
    if case.meta is None or case.meta.generation.mode.is_negative:
        return True
    if case.path == ENVOY_PATH:
        return True
    if case.path.startswith("/v1/") and case.path != TRY_PATH:
        return not is_refused_of_operators(case)
    are_all = isinstance(case.body, dict) and isinstance(case.body.get("all"), list)
    questions = questions_in(case.body)
    keys = [question["key"] for question in questions]
    refused = any(is_refused(question, are_all) for question in questions)
    return len(set(keys)) == len(keys) and not refused


def is_beyond_the_document(case):
    """Forward-auth takes any method, and a document can name only some."""
    return case.path.startswith("/api/v1/forward/") and case.method.upper() == "QUERY"


def is_refused_of_operators(case):
    """test/transport/http/admin/document/admin-requests.test.ts holds that there is nothing else."""
    query = case.query or {}
    names_policy = "policy" in query
    namespace = query.get("namespace", "policy" if names_policy else "plain")
    if case.path == KEYS_PATH:
        return "cursor" in query or (names_policy and namespace != "policy")
    if not case.path.startswith(KEY_PATH):
        return False
    if namespace == "policy":
        is_named = names_policy
    else:
        is_named = not names_policy and "limit" not in query
    key = case.path_parameters["key"]
    # A client takes these for steps on the way.
    return not is_named or not is_key(key) or key in (".", "..")


def questions_in(body):
    """Those that must be good for the whole body to be. One of an array is refused in its place."""
    if not isinstance(body, dict):
        return []
    return body["all"] if isinstance(body.get("all"), list) else [body]


def is_refused(question, is_one_of_all):
    cost = question.get("cost", 1)
    if is_one_of_all and (cost < 0 or question.get("overdraft")):
        return True
    if not is_key(question["key"]):
        return True
    if "policy" in question:
        return question["policy"] != POLICY or cost < -POLICY_CAPACITY
    capacity, interval = int(question["capacity"]), int(question["interval"])
    period_us = interval * UNITS_US[question.get("unit", "s")]
    most = 2 * capacity if question.get("overdraft") else capacity
    is_in_range = -capacity <= cost <= most and period_us <= MOST_INTERVAL_US
    return not is_in_range or not is_exact(capacity, period_us)


def is_exact(capacity, period_us):
    """Whether such a limit can be counted in whole units, in ticks of 1 us, 1 ms or 1 s."""
    for tick_us in (1, 1_000, 1_000_000):
        if period_us % tick_us != 0:
            return False
        ticks = period_us // tick_us
        divisor = math.gcd(capacity, ticks)
        if capacity // divisor > MOST_COUNT:
            return False
        if capacity * (ticks // divisor) <= MOST_EXACT:
            return True
    return False


def is_key(key):
    """Whether it is Unicode text of few enough bytes: characters may be several."""
    try:
        return len(key.encode("utf-8")) <= MOST_KEY_BYTES
    except UnicodeEncodeError:
        return False
