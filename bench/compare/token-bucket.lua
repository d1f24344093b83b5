-- A token bucket as CL.THROTTLE has it, for Redis: KEYS[1], most burst, count, period, quantity.
-- Time is Redis's own, so that callers need not agree on it. A bucket is two numbers in one string:
-- one read and one write cost less than HMGET, HSET and PEXPIRE.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local capacity = ARGV[1] + 1
local token = ARGV[3] * 1000000 / ARGV[2] -- Microseconds until one comes back.
local quantity = tonumber(ARGV[4] or 1)

local used = 0
local bucket = redis.call('GET', KEYS[1])
if bucket then
  local at
  used, at = struct.unpack('dd', bucket)
  used = used - (now - at) / token
  if used < 0 then used = 0 end
end

local after = used + quantity
if after > capacity then
  local retry = quantity > capacity and -1 or math.ceil((after - capacity) * token / 1000000)
  return { 1, capacity, math.floor(capacity - used), retry, math.ceil(used * token / 1000000) }
end
if quantity > 0 then
  redis.call('SET', KEYS[1], struct.pack('dd', after, now), 'PX', math.ceil(after * token / 1000))
end
return { 0, capacity, math.floor(capacity - after), -1, math.ceil(after * token / 1000000) }
