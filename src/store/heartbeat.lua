--[[
Says that an instance is there, and answers how many are.

KEYS[1] is a sorted set: each instance by the time when it last said so, in microseconds of TIME.
ARGV: instance, and for how many microseconds one is taken to be there.
]]
local key, instance, lifetime = KEYS[1], ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

redis.call('ZADD', key, string.format('%.0f', now), instance)
redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%.0f', now - lifetime))
redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(lifetime / 1000)))
return redis.call('ZCARD', key)
