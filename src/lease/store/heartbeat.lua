--[[
Says that an instance is there, and answers how many are.

KEYS[1] is a sorted set: each instance by the time when it last said so, in microseconds of TIME.
ARGV: instance, and for how many microseconds one is taken to be there.
]]
local key, instance, lifetime = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local at = string.format('%.0f', now)

-- A clock that went back takes all times with it: who is gone is not there until it comes round
-- again.
for _, name in ipairs(redis.call('ZRANGEBYSCORE', key, '(' .. at, '+inf')) do
  redis.call('ZADD', key, at, name)
end

redis.call('ZADD', key, at, instance)
redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%.0f', now - lifetime))
redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(lifetime / 1000)))
return redis.call('ZCARD', key)
