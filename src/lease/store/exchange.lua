--[[
Exchanges between an instance and the store, one a key, each all in one step. exchange.ts says what
is asked and answered, exchange-codec.ts in which order it stands in ARGV and in the answers, and
exchange-turn.ts does the same in TypeScript: tests hold the two against each other. It is sent in
one text with what stands before it, bucket.lua, exchange-arguments.lua, hash.lua and
new-keys.lua, and behind it, exchange-answers.lua.

What is there may be a window: the limit was one. Then it is a token bucket from now on.

It runs for every decision that is the store's, and for most of them nothing is there. So it reads
only once what holds for many keys, and is sparing with fields, functions and tables: each costs as
much as several lines that run.
]]
-- One exchange, the n-th of its stretch from 0 on.
local function exchange(key, n)
  -- What is there -----------------------------------------------------------------------------

  local fields = call('HGETALL', key)
  if isTaking and #fields == 0 then return takeNew(key, n) end
  local bucket, limit, own, names, records = partsOf(fields)
  local existed = bucket ~= nil

  local ownSeq, ownHeld, ownExpiry, ownGrant, ownBooked = 0, 0, 0, 0, 0
  if own then
    ownSeq, ownHeld, ownExpiry, ownGrant, ownBooked = match(own, RECORD)
    ownSeq, ownHeld, ownGrant, ownBooked = ownSeq + 0, ownHeld + 0, ownGrant + 0, ownBooked + 0
    if seq + n <= ownSeq then return pack('<d', STALE) end
  end

  local used, at, version, slip = 0, now, now, 0
  local count, period, tick = limitCount, limitPeriod, limitTick
  local isSame, isNew = true, not existed
  -- Where records have units of another limit: how many of them a token was.
  local oldPeriod
  if existed then
    local since, seen
    used, since, version, seen = match(bucket, BUCKET)
    if used then
      if limit ~= limitText then
        count, period, tick = match(limit, '^(%d+):(%d+):(%d+)$')
        count, period, tick, isSame = count + 0, period + 0, tick + 0, false
      end
      -- A clock that went back takes all times with it: nothing comes sooner for that.
      slip = max(0, seen - now)
      used, at = used + 0, seen - slip - since
    else
      local ends
      used, ends, version, seen = windowIn(bucket)
      if not used then return pack('<d', NEWER) end
      used = ends <= now and 0 or min(used, capacity) * limitPeriod
      slip, isNew, oldPeriod = max(0, seen - now), true, 1
      ownBooked = inTokens(ownBooked, 1, limitPeriod)
    end
    version = version + 0
  end

  -- Leases end --------------------------------------------------------------------------------

  local isLive = own ~= nil and ownExpiry - slip > now
  local ended, endedHeld, endedAt = nil, 0, at
  if own and not isLive then
    endedHeld, endedAt = ownHeld, max(at, ownExpiry - slip)
  end
  local active, othersHeld, othersBooked, bookers, lastExpiry = 1, 0, 0, 0, now
  if names then
    for i = 1, #names do
      local _, held, expiry, _, booked = match(records[i], RECORD)
      expiry, booked = expiry - slip, booked + 0
      if expiry <= now then
        if not ended then ended = {} end
        ended[#ended + 1], records[i] = names[i], false
        endedHeld, endedAt = endedHeld + held, max(endedAt, expiry)
      else
        active, othersHeld, lastExpiry = active + 1, othersHeld + held, max(lastExpiry, expiry)
        if booked > 0 then othersBooked, bookers = othersBooked + booked, bookers + 1 end
      end
    end
  end

  -- The fewest units in use since the bucket was refilled, to the microsecond and rounded down.
  local lowest = TOP
  if endedHeld > 0 then
    -- They occupied the bucket until then.
    used, at = refilled(used, at, count, tick, endedAt)
    lowest = used - ceil(backInTick(at, count, tick, endedAt))
    used = min(TOP, used + endedHeld * period)
  end
  used, at = refilled(used, at, count, tick, now)
  lowest = min(lowest, used - ceil(backInTick(at, count, tick, now)))

  -- The instance's own lease ------------------------------------------------------------------

  local held = isLive and ownHeld or 0
  -- Units that its last exchange charged and that are still in use; below 0 what it gave back.
  local charged = 0
  if own then
    charged = min(ownBooked, lowest)
    if ownSeq >= unanswered + n then
      -- The instance knows nothing of that exchange: it is as if it had not been.
      held = held - min(held, ownGrant)
      if charged < 0 then
        used = min(TOP, used - charged)
      else
        used, at = refilled(used - charged, at, count, tick, now)
        lowest = lowest - charged
      end
      charged = -charged
    end
  end

  if held > 0 then
    local kept = min(keep, held)
    local returned = min(back, held - kept)
    used = min(TOP, used + (held - kept - returned) * period)
    held = kept
  end

  if isFill then used, at, lowest = 0, now, 0 end

  -- Tokens are given back, taken and leased ---------------------------------------------------

  local booked = 0
  if vain > 0 and charged > 0 then
    local given = min(vain * period, charged)
    local before = used - floor(backInTick(at, count, tick, now))
    used, at = refilled(used - given, at, count, tick, now)
    -- What the undoing charged again was never among it.
    local isUndone = ownSeq >= unanswered + n
    lowest = isUndone and min(lowest, used - ceil(backInTick(at, count, tick, now)))
      or max(0, lowest - given)
    booked = used - floor(backInTick(at, count, tick, now)) - before
  end

  if owed > 0 then
    local before = used
    used = min(TOP, used + owed * period)
    booked = booked + (used - before)
  end

  local isLook = isSilent and not isLive and not (isFill and existed)
  local verdicts, grant = '', 0
  -- What is used in units of the limit that is asked under, where that is another.
  local units
  if isKept and not isSame
    and isFaster(limitCount, limitPeriod, limitTick, count, period, tick)
  then
    units = converted(used, now - at, count, period, tick, limitPeriod)
    if units <= capacity * limitPeriod then
      oldPeriod, isNew, isSame = period, true, true
      lowest = inTokens(lowest, period, limitPeriod)
      booked = inTokens(booked, period, limitPeriod)
      used, at, count, period, tick = units, now, limitCount, limitPeriod, limitTick
    end
  end
  -- One round more: the lease that is wanted.
  local decisions = #costs
  for i = 1, want > 0 and decisions + 1 or decisions do
    local isLease = i > decisions
    local cost = costs[i] or 0
    local allowed, taken, drawn = cost <= 0, 0, false
    if cost < 0 then
      local before = used - floor(backInTick(at, count, tick, now))
      used, at = refilled(used + cost * period, at, count, tick, now)
      local back = backInTick(at, count, tick, now)
      lowest, booked = min(lowest, used - ceil(back)), booked + (used - floor(back) - before)
      units = nil
    elseif cost > 0 or isLease then
      if isSame then
        units = used
      elseif not units then
        units = converted(used, now - at, count, period, tick, limitPeriod)
      end
      if isLease then
        local left = floor((capacity * limitPeriod - units) / limitPeriod)
        local free = max(0, left - othersHeld - held)
        taken = min(want, free, max(least, floor(free / active)))
      else
        local room = capacity - cost - othersHeld - held
        allowed = room >= 0 and units <= room * limitPeriod
        if allowed then taken = cost end
        drawn = not allowed and i > decisions - overdrafts
      end
    end
    if taken > 0 or drawn and used == 0 then
      if not isSame then
        -- The bucket goes by it from now on.
        oldPeriod, isNew, isSame = period, true, true
        lowest = inTokens(lowest, period, limitPeriod)
        booked = inTokens(booked, period, limitPeriod)
        used, at, count, period, tick = units, now, limitCount, limitPeriod, limitTick
      end
      if isLease or i <= holds then
        held, grant = held + taken, grant + taken
      else
        used, booked = used + taken * period, booked + taken * period
      end
    end
    if drawn then
      local more = min(used + cost * period, max(used, min(2 * capacity * period, TOP))) - used
      used, booked, units = used + more, booked + more, nil
    end
    if not isLease then verdicts = verdicts .. (allowed and '1' or '0') end
  end

  -- What is written ---------------------------------------------------------------------------

  version = version + 1
  if existed or not isLook then
    local state = FORMAT .. ':' .. format(FOUR, used, now - at, version, now)
    local text = isNew and (isSame and limitText or format(THREE, count, period, tick))
    if isLook then
      call('HSET', key, 'bucket', state)
      if isNew then call('HSET', key, 'limit', text) end
      if own then call('HDEL', key, name) end
    else
      local expiry = now + ttl
      local record = format(FIVE, seq + n, held, expiry, grant, booked)
      if isNew then
        call('HSET', key, 'bucket', state, name, record, 'limit', text)
      else
        call('HSET', key, 'bucket', state, name, record)
      end
      if expiry > lastExpiry then lastExpiry = expiry end
    end
    if ended then call('HDEL', key, unpack(ended)) end

    if names then
      if oldPeriod then
        othersBooked, bookers = 0, 0
        for i = 1, #names do
          if records[i] then
            local s, h, e, g, b = match(records[i], RECORD)
            b = inTokens(b, oldPeriod, period)
            if b > 0 then othersBooked, bookers = othersBooked + b, bookers + 1 end
            records[i] = format('%s:%s:%s:%s:' .. ONE, s, h, e, g, b)
          end
        end
      end
      -- Where others booked more than is in use, each can take back an even share of that.
      local share = othersBooked > lowest and floor(lowest / bookers) or TOP
      if slip > 0 or oldPeriod or share < TOP then
        for i = 1, #names do
          if records[i] then
            local s, h, e, g, b = match(records[i], RECORD)
            if slip > 0 or oldPeriod or b + 0 > share then
              call('HSET', key, names[i], format(FIVE, s, h, e - slip, g, min(b + 0, share)))
            end
          end
        end
      end
    end

    -- What is used comes back while leases last, what is leased only after the last of them.
    local fullAt = max(lastExpiry, now + ceil(used / count) * tick)
    if othersHeld + held > 0 then
      fullAt = fullAt + ceil(min(TOP, (othersHeld + held) * period) / count) * tick
    end
    if fullAt <= TOP then
      call('PEXPIREAT', key, format(ONE, ceil(fullAt / 1000)))
    else
      call('PERSIST', key)
    end
  end

  local known = (isLive or keep + back == 0) and 1 or 0
  return pack(ANSWER, decisions, used, now - at, count, period, tick, held, grant, othersHeld,
    active, version, known, existed and 1 or 0) .. verdicts
end

