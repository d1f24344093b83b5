--[[
What exchanges say. KEYS are hashes, in a cluster all of one slot. ARGV is the instance, and then
for each stretch of keys how many they are, how many arguments follow, and those: they are the
exchange for the first key, and each after it differs in that its number is one higher. So what
holds for many keys is read once. It is no script by itself: exchange.lua is sent with it, and so
is window-exchange.lua.
]]
local NUMBERS = 17 -- that an exchange has before its costs
local WINDOW_NUMBERS = 6 -- that one about a window has besides

local call, format, match, pack = redis.call, string.format, string.match, struct.pack
local floor, ceil, min, max = math.floor, math.ceil, math.min, math.max

-- Integers are written in a fraction of the time, where they are wide enough for the numbers.
local ONE, THREE, FOUR, FIVE = '%d', '%d:%d:%d', '%d:%d:%d:%d', '%d:%d:%d:%d:%d'
if format(ONE, TOP) ~= '9007199254740991' then
  ONE, THREE = '%.0f', '%.0f:%.0f:%.0f'
  FOUR, FIVE = THREE .. ':%.0f', THREE .. ':%.0f:%.0f'
end

local instance, name = ARGV[1], 'i:' .. ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- What the exchanges of a stretch say, and what of it is the same for each key.
local seq, unanswered, keep, back, owed, vain, isFill, want, least, ttl
local capacity, limitCount, limitPeriod, limitTick, isKept, holds, overdrafts
local costs, isSilent, isTaking, limitText
-- Of windows, which have no tick, and their kind in the place of a period: the longest there can
-- be, the ends of four that follow each other, and that of the one in which what is owed was spent;
-- 0 where that was none.
local longest, begins, firstEnd, secondEnd, thirdEnd, owedEnd

local function read(first, last)
  seq, unanswered, keep, back, owed, vain, isFill, want, least, ttl,
    capacity, limitCount, limitPeriod, limitTick, isKept, holds, overdrafts =
    unpack(ARGV, first, first + NUMBERS - 1)
  seq, unanswered, keep, back = seq + 0, unanswered + 0, keep + 0, back + 0
  owed, vain, isFill, want = owed + 0, vain + 0, isFill == '1', want + 0
  least, ttl, capacity, holds = least + 0, ttl + 0, capacity + 0, holds + 0
  limitCount, limitPeriod, limitTick = limitCount + 0, limitPeriod + 0, limitTick + 0
  isKept, overdrafts = isKept == '1', overdrafts + 0
  limitText = format(THREE, limitCount, limitPeriod, limitTick)
  isSilent = keep + back + owed + vain + want == 0
  costs = {}
  first = first + NUMBERS
  if limitTick == 0 then
    longest, begins, firstEnd, secondEnd, thirdEnd, owedEnd = unpack(ARGV, first, first + 5)
    longest, begins, firstEnd = longest + 0, begins + 0, firstEnd + 0
    secondEnd, thirdEnd, owedEnd = secondEnd + 0, thirdEnd + 0, owedEnd + 0
    first = first + WINDOW_NUMBERS
  end
  for i = first, last do
    local cost = ARGV[i] + 0
    if cost ~= 0 then isSilent = false end
    costs[#costs + 1] = cost
  end
  -- Whether it takes tokens that a full bucket has, and nothing else.
  local cost = costs[1] or 0
  isTaking = #costs == 1 and cost > 0 and cost <= capacity and holds == 0
    and keep + back + owed + vain + want == 0
end

