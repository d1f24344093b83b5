--[[
Tokens that are taken of a key that is not there, and nothing else: what that leaves, and what it
answers. Most of a batch of new keys is that, and exchange.lua comes to nothing else for it, in half
again the time. All but the number of an exchange is the same for the keys of a stretch, and worked
out once. It is no script by itself: exchange.lua is sent with it.
]]
local preparedFor, newState, newRecord, newExpiry, newAnswer
local function prepareNew()
  preparedFor = costs
  local used, version = costs[1] * limitPeriod, now + 1
  newState = FORMAT .. ':' .. format(FOUR, used, 0, version, now)
  newRecord = ':' .. format(FOUR, 0, now + ttl, 0, used)
  local fullAt = max(now + ttl, now + ceil(used / limitCount) * limitTick)
  newExpiry = fullAt <= TOP and format(ONE, ceil(fullAt / 1000))
  newAnswer = pack(ANSWER, 1, used, 0, limitCount, limitPeriod, limitTick, 0, 0, 0, 1, version, 1,
    0) .. '1'
end

local function takeNew(key, n)
  if preparedFor ~= costs then prepareNew() end
  local record = format(ONE, seq + n) .. newRecord
  call('HSET', key, 'bucket', newState, name, record, 'limit', limitText)
  if newExpiry then
    call('PEXPIREAT', key, newExpiry)
  else
    call('PERSIST', key)
  end
  return newAnswer
end
