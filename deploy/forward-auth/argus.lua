-- Asks Argus whether a request may pass: `http-request lua.argus POLICY` in haproxy.cfg. It sets
--
--   txn.argus          allowed, limited, refused; not set where Argus is away or late
--   txn.argus_policy   RateLimit-Policy, where there is one
--   txn.argus_left     RateLimit
--   txn.argus_wait     Retry-After
--
-- By a socket of its own: core.httpclient would ask up to four times where the first question,
-- which may have been charged, gets no answer.

local FIELDS = {
  ["ratelimit-policy"] = "txn.argus_policy",
  ["ratelimit"] = "txn.argus_left",
  ["retry-after"] = "txn.argus_wait",
}

-- What Argus is shown of the request. No line of the client's may become two.
local function question(txn, policy)
  local lines = {
    "GET /api/v1/forward/" .. policy .. " HTTP/1.0",
    "Host: argus",
    "X-Forwarded-For: " .. txn.f:src(),
    -- For policies with `uri: x-original-uri`.
    "X-Original-Method: " .. txn.f:method(),
    "X-Original-URI: " .. txn.f:url():gsub("%c", ""),
    "",
    "",
  }
  return table.concat(lines, "\r\n")
end

-- The status and the fields of an answer; nil where there is none in time.
local function answer(socket)
  local first = socket:receive("*l")
  local status = first and first:match("^HTTP/1%.1 (%d%d%d)")
  if not status then
    return nil
  end
  local fields = {}
  while true do
    local line = socket:receive("*l")
    if not line then
      return nil
    end
    local name, value = line:match("^([^:]+): ?([^\r]*)")
    if not name then
      return status, fields
    end
    fields[name:lower()] = value
  end
end

core.register_action("argus", { "http-req" }, function(txn, policy)
  local socket = core.tcp()
  -- In whole seconds: the most that a request waits.
  socket:settimeout(1)
  if not socket:connect(core.backends["argus"].servers["argus"]:get_addr()) then
    return
  end
  socket:send(question(txn, policy))
  local status, fields = answer(socket)
  socket:close()
  if not status or status:sub(1, 1) == "5" then
    return
  end
  for name, variable in pairs(FIELDS) do
    if fields[name] then
      txn:set_var(variable, fields[name])
    end
  end
  local denied = fields["retry-after"] and "limited" or "refused"
  txn:set_var("txn.argus", status == "200" and "allowed" or denied)
end, 1)
