--[[
One exchange between an instance and the store about one key, all in one step. exchange.ts says what
is asked and answered, exchange-codec.ts in which order it stands in ARGV and in the answer, and
exchange-model.ts does the same in TypeScript: tests hold the two against each other.

KEYS[1] is a hash, the bucket and its leases:
  used, at, count, period, tick   the bucket as bucket/token-bucket.ts counts it, in microseconds of
                                  TIME; tokens that are leased are not among `used`
  version, seen                   how often it was written, from the time it was made; and when last
  i:<instance>                    seq:held:expiry:grant:booked, what an instance said last, what it
                                  holds until when, and what that exchange granted and charged

What always holds:
  1. Leased tokens occupy the bucket until they are given back. Spent, or left over when a lease
     ends, they count as used from then on, and not before.
  2. All that records say was booked is still in use, added up: what was refilled since cannot be
     taken back, or it would be there twice.
  3. All numbers are whole and at most TOP, so doubles hold them exactly. A product of two is exact
     as well, or beyond TOP.
  4. A key that has expired answers as it would have: it is full, and nobody holds a lease of it.
]]
local TOP = 9007199254740991 -- 2^53 - 1
local RECORD = '^(%d+):(%d+):(%d+):(%d+):(-?%d+)$'
local COLON = 58

local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max
local format, match, byte = string.format, string.match, string.byte

local key, name = KEYS[1], 'i:' .. ARGV[1]
local seq, unanswered = tonumber(ARGV[2]), tonumber(ARGV[3])
local keep, back, owed = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local isFill = ARGV[7] == '1'
local want, least, ttl = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local capacity, count, period, tick =
  tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local FIRST_COST = 15

-- What is there --------------------------------------------------------------------------------

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local hash, names = {}, {}
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do
  local field = flat[i]
  hash[field] = flat[i + 1]
  if byte(field, 2) == COLON then names[#names + 1] = field end
end
local existed = #flat > 0

local own = hash[name]
local ownSeq, ownHeld, ownGrant, ownBooked
if own then
  local _
  ownSeq, ownHeld, _, ownGrant, ownBooked = match(own, RECORD)
  ownSeq = tonumber(ownSeq)
  if seq <= ownSeq then return {} end
end

-- The bucket: `count`, `period` and `tick` are its own from here on, the limit's stand apart.
local limitCount, limitPeriod, limitTick = count, period, tick
local used, at, version, slip = 0, now, now, 0
if existed then
  used, at, version = tonumber(hash.used), tonumber(hash.at), tonumber(hash.version)
  count, period, tick = tonumber(hash.count), tonumber(hash.period), tonumber(hash.tick)
  -- A clock that went back takes all times with it: nothing comes sooner for that.
  slip = max(0, hash.seen - now)
  at = at - slip
end

-- The least number of whole tokens that were in use during this exchange, after the first refill.
local lowest = TOP

local function fill(toTime)
  used, at, lowest = 0, toTime, 0
end

local function lower()
  lowest = min(lowest, floor(used / period))
end

-- Whether the part of a tick that has passed would fill it.
local function isFullWithinTick(byTime)
  return used * tick <= (byTime - at) * count
end

local function refill(toTime)
  local ticks = floor((toTime - at) / tick)
  local refilled = ticks * count
  if refilled >= used then return fill(toTime) end
  used, at = used - refilled, at + ticks * tick
  if isFullWithinTick(toTime) then return fill(toTime) end
  lower()
end

local function giveBack(tokens)
  used = used - tokens * period
  if isFullWithinTick(now) then return fill(now) end
  lower()
end

local function charge(tokens)
  used = min(TOP, used + tokens * period)
end

-- Leases end -----------------------------------------------------------------------------------

local isLive = false
local others, othersHeld, othersBooked, bookers = {}, 0, 0, 0
local lastExpiry = now
local ended, endedHeld, endedAt = {}, 0, at
for i = 1, #names do
  local _, held, expiry, _, booked = match(hash[names[i]], RECORD)
  expiry, booked = expiry - slip, tonumber(booked)
  if expiry <= now then
    ended[#ended + 1] = names[i]
    endedHeld, endedAt = endedHeld + held, max(endedAt, expiry)
  elseif names[i] == name then
    isLive = true
  else
    others[#others + 1] = names[i]
    othersHeld, lastExpiry = othersHeld + held, max(lastExpiry, expiry)
    if booked > 0 then othersBooked, bookers = othersBooked + booked, bookers + 1 end
  end
end

-- They occupied the bucket until then, and are used from then on.
if endedHeld > 0 then
  refill(endedAt)
  charge(endedHeld)
end
refill(now)

-- The instance's own lease ---------------------------------------------------------------------

local held = isLive and tonumber(ownHeld) or 0
local isKnown = isLive or keep + back == 0

-- It was never told of its last exchange: what that had charged and granted is taken back.
if own and ownSeq >= unanswered then
  local undone = tonumber(ownBooked)
  if undone < 0 then
    charge(-undone)
  elseif undone > 0 then
    if othersBooked + undone > lowest then undone = min(undone, floor(lowest / (bookers + 1))) end
    giveBack(undone)
  end
  if isLive then held = held - min(held, ownGrant + 0) end
end

local kept = min(keep, held)
local returned = min(back, held - kept)
charge(held - kept - returned)
held = kept

-- The limit ------------------------------------------------------------------------------------

-- What is in use, in the units of the limit, exactly, rounded up; nil where that is beyond TOP.
local function converted()
  local sinceTick = (now - at) * count
  local parts, divisor = used * tick, tick * period
  local product = (parts - sinceTick) * limitPeriod
  if parts <= TOP and divisor <= TOP and product <= TOP then return ceil(product / divisor) end

  -- Numbers beyond doubles: digits of 24 bits, the lowest first.
  local BASE = 16777216
  local function digits(number)
    local low = number % BASE
    local rest = (number - low) / BASE
    return { low, rest % BASE, floor(rest / BASE) }
  end
  local function times(one, other)
    local result = {}
    for i = 1, #one + #other do result[i] = 0 end
    for i = 1, #one do
      local carry = 0
      for j = 1, #other do
        local sum = result[i + j - 1] + one[i] * other[j] + carry
        result[i + j - 1] = sum % BASE
        carry = floor(sum / BASE)
      end
      result[i + #other] = carry
    end
    return result
  end
  local function minus(one, other)
    local result, borrow = {}, 0
    for i = 1, #one do
      local difference = one[i] - (other[i] or 0) - borrow
      borrow = difference < 0 and 1 or 0
      result[i] = difference + borrow * BASE
    end
    return result
  end
  local function isLess(one, other)
    for i = max(#one, #other), 1, -1 do
      local a, b = one[i] or 0, other[i] or 0
      if a ~= b then return a < b end
    end
    return false
  end

  local exactDivisor = times(digits(tick), digits(period))
  local exactParts = minus(times(digits(used), digits(tick)), digits(sinceTick))
  local exact = times(exactParts, digits(limitPeriod))
  local function isEnough(units)
    return not isLess(times(digits(units), exactDivisor), exact)
  end
  -- Doubles come within a few units of it.
  local units = min(TOP, floor(product / divisor))
  while not isEnough(units) do
    if units == TOP then return nil end
    units = units + 1
  end
  while isEnough(units - 1) do units = units - 1 end
  return units
end

local function adopt()
  if used > 0 then
    if count == limitCount and period == limitPeriod and tick == limitTick then return true end
    local units = converted()
    if not units then return false end
    used, at = units, now
  end
  count, period, tick = limitCount, limitPeriod, limitTick
  return true
end

if isFill then fill(now) end
-- Who asks for nothing asks under no limit: the bucket goes on by its own.
local isAdopted = (ARGV[FIRST_COST] == nil and want == 0) or adopt()

-- What is asked for ----------------------------------------------------------------------------

local booked, isLook = 0, not isLive and keep + back + want == 0 and not (isFill and existed)
if owed > 0 then
  charge(owed)
  booked = owed
elseif owed < 0 and (own or unanswered == seq) then
  -- Without its record it cannot be seen whether it was given back before.
  giveBack(-owed)
  booked = owed
end

local verdicts = {}
for i = FIRST_COST, #ARGV do
  local cost = tonumber(ARGV[i])
  local allowed = cost <= 0
  if isAdopted then
    if cost > 0 then
      local room = capacity - cost - othersHeld - held
      allowed = room >= 0 and used <= room * period
      if allowed then charge(cost) end
    elseif cost < 0 then
      giveBack(-cost)
    end
    if allowed then booked = booked + cost end
  end
  if cost ~= 0 then isLook = false end
  verdicts[#verdicts + 1] = allowed and 1 or 0
end
if owed ~= 0 then isLook = false end

local active, grant = #others + 1, 0
if isAdopted and want > 0 then
  local free = max(0, floor((capacity * period - used) / period) - othersHeld - held)
  grant = min(want, free, max(least, floor(free / active)))
  held = held + grant
end

-- What is written ------------------------------------------------------------------------------

version = version + 1
if existed or not isLook then
  local function whole(number)
    return format('%.0f', number)
  end
  local write = { 'HSET', key,
    'used', whole(used), 'at', whole(at), 'version', whole(version), 'seen', whole(now) }
  local function set(field, value)
    local last = #write
    write[last + 1], write[last + 2] = field, value
  end
  local function setRecord(field, ...)
    set(field, format('%.0f:%.0f:%.0f:%.0f:%.0f', ...))
  end

  if not existed or count ~= tonumber(hash.count) or period ~= tonumber(hash.period)
    or tick ~= tonumber(hash.tick) then
    set('count', whole(count))
    set('period', whole(period))
    set('tick', whole(tick))
  end
  if not isLook then
    setRecord(name, seq, held, now + ttl, grant, booked)
    lastExpiry = max(lastExpiry, now + ttl)
  end
  local share = othersBooked > lowest and floor(lowest / bookers) or TOP
  if slip > 0 or share < TOP then
    for i = 1, #others do
      local itsSeq, itsHeld, expiry, itsGrant, its = match(hash[others[i]], RECORD)
      if slip > 0 or tonumber(its) > share then
        setRecord(others[i], itsSeq, itsHeld, expiry - slip, itsGrant, min(tonumber(its), share))
      end
    end
  end
  redis.call(unpack(write))

  for i = 1, #ended do
    if isLook or ended[i] ~= name then redis.call('HDEL', key, ended[i]) end
  end

  local inUse = min(TOP, used + (othersHeld + held) * period)
  local fullAt = lastExpiry + ceil(inUse / count) * tick
  if fullAt <= TOP then
    redis.call('PEXPIREAT', key, whole(ceil(fullAt / 1000)))
  else
    redis.call('PERSIST', key)
  end
end

local answer = {
  isAdopted and 1 or 0, used, now - at, count, period, tick,
  held, grant, othersHeld, active, version, isKnown and 1 or 0, existed and 1 or 0,
}
for i = 1, #verdicts do answer[#answer + 1] = verdicts[i] end
return answer
