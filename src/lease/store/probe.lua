--[[
Does to a key, and takes back, all that exchange.lua and heartbeat.lua may do to theirs: what Redis
would refuse them it refuses this.

KEYS[1] is the name of no bucket.
]]
local key = KEYS[1]
local time = redis.call('TIME')

redis.call('HSET', key, 'probe', time[1])
redis.call('HGETALL', key)
redis.call('PEXPIREAT', key, string.format('%.0f', (time[1] + 60) * 1000))
redis.call('PERSIST', key)
redis.call('HDEL', key, 'probe')
return 'OK'
