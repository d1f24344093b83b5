-- Asks wrk's server what a file says, a body a line: wrk … -- FILE PATH FIRST. Requests are made
-- beforehand, so that asking takes little of the load's core. Without a file each is a GET of the
-- URL. Ends with a line of JSON.

local requests = {}
local at = 0

function init(arguments)
  local file, path, first = arguments[1], arguments[2], tonumber(arguments[3])
  if file == nil then
    requests[1] = wrk.format('GET')
    return
  end
  local headers = { ['Content-Type'] = 'application/json' }
  for body in io.lines(file) do
    requests[#requests + 1] = wrk.format('POST', path, headers, body)
  end
  at = first % #requests
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  local answer = '{"answers":%d,"seconds":%.6f,'
    .. '"p50Ms":%.3f,"p99Ms":%.3f,"p999Ms":%.3f,"refused":%d,"failed":%d}\n'
  io.write(string.format(
    answer,
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3,
    errors.status,
    failed
  ))
end
