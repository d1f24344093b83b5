--[[
Exchanges about windows, of which all comes back when they end: what exchange.lua is to token
buckets. window-turn.ts does the same in TypeScript, and tests hold the two against each other.

The instance says which windows there are about now, and TIME which of them is open: so instances
agree, however far their own clocks are apart. Where TIME is in none of them nothing is changed, and
TIME is answered: the instance is to ask again.

What always holds besides:
  1. An open window stays open, and none is opened again: of two ends the later holds. But one that
     begins further away than the longest can last was opened by a clock that was wrong: it ends
     with the window that TIME is in, and what is used stays used.
  2. Nothing of a window that is over is counted in another: not what was leased, owed or booked.
  3. A lease ends with its window, and has at most a hundredth of what is left.
]]
local LEASED_PARTS = 100
-- A lease that would last for less than one such part of its time is not worth its exchanges.
local TIME_PARTS = 16
-- A window that is over is remembered for as long as it can be, but not for longer than this: where
-- the clock goes back meanwhile it is not opened again.
local MOST_KEPT = 3600000000

-- One exchange, the n-th of its stretch from 0 on.
local function exchange(key, n)
  local ends = secondEnd
  if now < firstEnd then ends = firstEnd elseif now >= secondEnd then ends = thirdEnd end
  if now < begins or now >= thirdEnd then return pack('<dd', ELSEWHERE, now) end

  -- What is there -----------------------------------------------------------------------------

  local bucket, limit, own, names, records = partsOf(call('HGETALL', key))
  local existed = bucket ~= nil

  local ownSeq, ownHeld, ownExpiry, ownGrant, ownBooked = 0, 0, 0, 0, 0
  if own then
    ownSeq, ownHeld, ownExpiry, ownGrant, ownBooked = match(own, RECORD)
    ownSeq, ownHeld, ownGrant, ownBooked = ownSeq + 0, ownHeld + 0, ownGrant + 0, ownBooked + 0
    if seq + n <= ownSeq then return pack('<d', STALE) end
  end

  -- The open window ---------------------------------------------------------------------------

  local used, version, slip = 0, now, 0
  -- Leases that ended until then were of a window that is over.
  local overUntil, isAnother, oldPeriod = 0, not existed, 1
  if existed then
    local seen
    local there, theirEnd, ofWindow, seenWindow = windowIn(bucket)
    if there then
      version, seen = ofWindow, seenWindow
      isAnother = limit ~= format(ONE, limitPeriod)
      if theirEnd <= now then
        overUntil = theirEnd
      elseif isAnother then
        used = min(there, capacity)
      else
        used = there
        if theirEnd > ends and theirEnd - now <= 2 * longest then ends = theirEnd end
      end
    else
      local since
      used, since, version, seen = match(bucket, BUCKET)
      if not used then return pack('<d', NEWER) end
      local count, period, tick = match(limit, '^(%d+):(%d+):(%d+)$')
      oldPeriod, isAnother = period + 0, true
      local at = min(seen, now) - since
      used = refilled(used + 0, at, count + 0, tick + 0, now)
      used = min(capacity, ceil(used / oldPeriod))
    end
    -- A clock that went back takes all times with it: nothing comes sooner for that.
    version, slip = version + 0, max(0, seen - now)
  end

  -- Leases end --------------------------------------------------------------------------------

  -- The fewest tokens in use since: what was booked is still among them.
  local lowest = used
  local isLive = own ~= nil and ownExpiry - slip > now
  local ended
  if own and not isLive and ownExpiry - slip > overUntil then used = min(TOP, used + ownHeld) end
  local active, othersHeld, othersBooked, bookers, lastExpiry = 1, 0, 0, 0, ends
  if names then
    for i = 1, #names do
      local s, held, expiry, g, booked = match(records[i], RECORD)
      expiry = expiry - slip
      if expiry <= now then
        if not ended then ended = {} end
        ended[#ended + 1], records[i] = names[i], false
        if expiry > overUntil then used = min(TOP, used + held) end
      else
        active, othersHeld, lastExpiry = active + 1, othersHeld + held, max(lastExpiry, expiry)
        local left = overUntil > 0 and 0 or inTokens(booked, oldPeriod, 1)
        if left > 0 then othersBooked, bookers = othersBooked + left, bookers + 1 end
        local isChanged = slip > 0 or left ~= booked + 0
        records[i] = { s + 0, held + 0, expiry, g + 0, left, isChanged }
      end
    end
  end

  -- The instance's own lease ------------------------------------------------------------------

  local held = isLive and ownHeld or 0
  -- Tokens that its last exchange charged and that are still in use; below 0 what it gave back.
  local charged = 0
  local isUndone = own ~= nil and ownSeq >= unanswered + n
  if own then
    charged = overUntil > 0 and 0 or min(inTokens(ownBooked, oldPeriod, 1), lowest)
    if isUndone then
      -- The instance knows nothing of that exchange: it is as if it had not been.
      held = held - min(held, ownGrant)
      used = min(TOP, used - charged)
      if charged > 0 then lowest = lowest - charged end
      charged = -charged
    end
  end

  if held > 0 then
    local kept = min(keep, held)
    local returned = min(back, held - kept)
    used = min(TOP, used + (held - kept - returned))
    held = kept
  end

  if isFill then used, lowest = 0, 0 end

  -- Tokens are given back, taken and leased ---------------------------------------------------

  local booked, verdicts, grant = 0, '', 0
  if vain > 0 and charged > 0 then
    local given = min(vain, charged, used)
    used, booked = used - given, -given
    -- What the undoing charged again was never among it.
    lowest = isUndone and min(lowest, used) or max(0, lowest - given)
  end

  if owed > 0 and (owedEnd == 0 or owedEnd >= ends) then
    local before = used
    used = min(TOP, used + owed)
    booked = booked + (used - before)
  end

  local isLook = isSilent and not isLive and not (isFill and existed)
  local decisions = #costs
  for i = 1, decisions do
    local cost = costs[i]
    local allowed, before = cost <= 0, used
    if cost < 0 then
      used = max(0, used + cost)
      lowest = min(lowest, used)
    elseif cost > 0 then
      allowed = cost <= capacity - used - othersHeld - held
      if allowed and i <= holds then
        held, grant = held + cost, grant + cost
      elseif allowed then
        used = used + cost
      elseif i > decisions - overdrafts then
        used = min(used + cost, max(used, min(2 * capacity, TOP)))
      end
    end
    booked = booked + (used - before)
    verdicts = verdicts .. (allowed and '1' or '0')
  end
  if want > 0 and ends - now >= ttl / TIME_PARTS then
    local free = max(0, capacity - used - othersHeld - held)
    local most = max(0, floor((free + held) / LEASED_PARTS) - held)
    local taken = min(want, most, max(least, floor(free / active)))
    held, grant = held + taken, grant + taken
  end

  -- What is written ---------------------------------------------------------------------------

  version = version + 1
  if existed or not isLook then
    local state = WINDOW_FORMAT .. ':' .. format(FOUR, used, ends, version, now)
    if isAnother then call('HSET', key, 'limit', format(ONE, limitPeriod)) end
    if isLook then
      call('HSET', key, 'bucket', state)
      if own then call('HDEL', key, name) end
    else
      local record = format(FIVE, seq + n, held, min(now + ttl, ends), grant, booked)
      call('HSET', key, 'bucket', state, name, record)
    end
    if ended then call('HDEL', key, unpack(ended)) end
    if names then
      -- Where others booked more than is in use, each can take back an even share of that.
      local share = othersBooked > lowest and floor(lowest / bookers) or TOP
      for i = 1, #names do
        local record = records[i]
        if record and (record[6] or record[5] > share) then
          record[5] = min(record[5], share)
          call('HSET', key, names[i], format(FIVE, unpack(record, 1, 5)))
        end
      end
    end
    call('PEXPIREAT', key, format(ONE, ceil((lastExpiry + min(longest, MOST_KEPT)) / 1000)))
  end

  local known = (isLive or keep + back == 0) and 1 or 0
  return pack(ANSWER, decisions, used, now - ends, ends, limitPeriod, 0, held, grant, othersHeld,
    active, version, known, existed and 1 or 0) .. verdicts
end
