--[[
The arithmetic of a bucket, as bucket/token-bucket.ts does it: what refills in a time, and what is
in use in the units of another limit. All numbers are whole and at most TOP, so doubles hold them
exactly. It is no script by itself: exchange.lua is sent with it, and so is window-exchange.lua.
]]
local TOP = 9007199254740991 -- 2^53 - 1

-- What of `used` is left at a time, and when its tick began.
local function refilled(used, at, count, tick, now)
  local ticks = (now - at - (now - at) % tick) / tick
  used, at = used - ticks * count, at + ticks * tick
  -- Full, if only from a part of a tick on.
  if used * tick <= (now - at) * count then return 0, now end
  return used, at
end

-- Units that the passed part of a tick has given back, in parts too: `used` has whole ticks alone.
-- Less than a tick's count, and a quotient of whole numbers so small is whole only if it is.
local function backInTick(at, count, tick, now)
  return (now - at) * count / tick
end

-- Numbers beyond doubles: digits of 24 bits, the lowest first.
local BASE = 16777216
local function digits(number)
  local low = number % BASE
  local rest = (number - low) / BASE
  return { low, rest % BASE, math.floor(rest / BASE) }
end
local function product(one, other)
  local result = {}
  for i = 1, #one + #other do result[i] = 0 end
  for i = 1, #one do
    local carry = 0
    for j = 1, #other do
      local sum = result[i + j - 1] + one[i] * other[j] + carry
      result[i + j - 1] = sum % BASE
      carry = math.floor(sum / BASE)
    end
    result[i + #other] = carry
  end
  return result
end
local function isLess(one, other)
  for i = math.max(#one, #other), 1, -1 do
    local a, b = one[i] or 0, other[i] or 0
    if a ~= b then return a < b end
  end
  return false
end

-- Whether a limit gives tokens back faster than what a bucket goes by. Exact.
local function isFaster(limitCount, limitPeriod, limitTick, count, period, tick)
  local limits = product(product(digits(limitCount), digits(period)), digits(tick))
  return isLess(product(product(digits(count), digits(limitPeriod)), digits(limitTick)), limits)
end

-- Units in those of another limit, by whole tokens: less can be undone, and more is charged again.
local function inTokens(units, period, toPeriod)
  return math.max(-TOP, math.min(TOP, math.floor(units / period) * toPeriod))
end

-- Units in use, counted in those of another limit, exactly, and rounded up; 2^53 if beyond TOP.
local function converted(used, since, count, period, tick, toPeriod)
  local dividend, divisor = (used * tick - since * count) * toPeriod, tick * period
  -- A tick is one microsecond or a multiple of eight: up to TOP no step on the way was rounded.
  if dividend <= TOP then return math.ceil(dividend / divisor) end

  local function difference(one, other)
    local result, borrow = {}, 0
    for i = 1, #one do
      local digit = one[i] - (other[i] or 0) - borrow
      borrow = digit < 0 and 1 or 0
      result[i] = digit + borrow * BASE
    end
    return result
  end

  local exactParts = difference(product(digits(used), digits(tick)), digits(since * count))
  local exactDividend = product(exactParts, digits(toPeriod))
  local exactDivisor = product(digits(tick), digits(period))
  local function isEnough(units)
    return not isLess(product(digits(units), exactDivisor), exactDividend)
  end
  -- Doubles come within a few units of it.
  local units = math.min(TOP, math.floor(dividend / divisor))
  while not isEnough(units) do
    if units == TOP then return TOP + 1 end
    units = units + 1
  end
  while isEnough(units - 1) do units = units - 1 end
  return units
end
