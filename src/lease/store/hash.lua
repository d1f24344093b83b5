--[[
What stands under a key: a hash that is a bucket and its leases. Times are microseconds of TIME. It
is no script by itself: exchange.lua and window-exchange.lua are sent with it.

  bucket        What is in use, how often it was written, counted from the time when it was made,
                and when it was written last. The first number says of what form it is, whatever
                else may change: whoever meets one that he does not know leaves the hash alone.
                  1:used:since:version:seen   a token bucket, as bucket/token-bucket.ts counts it,
                                              and how much had passed of its tick
                  2:used:end:version:seen     a window: whole tokens, and when it ends
  limit         Of a token bucket count:period:tick. What it has of the limit that it goes by: the
                one that tokens were last taken or leased under, or one that the service keeps and
                that gives them back faster. Of a window its kind.
  i:<instance>  seq:held:expiry:grant:booked. Which exchange was the instance's last; the tokens
                that it holds, and until when; how many of them that exchange granted; how many
                units more were in use after it, or fewer: what it did, and not what it asked for.
                To a window a token is a unit.

What always holds:
  1. Leased tokens are not among `used`, and occupy the bucket until they are given back. Spent, or
     left over when a lease ends, they count as used from then on, and not before.
  2. The units that records have as booked are still in use, added up. What was refilled since
     cannot be taken back: it would be there twice.
  3. All numbers are whole and at most TOP, so doubles hold them exactly. A product of two is exact
     as well, or beyond TOP.
  4. A key that has expired answers as it would have: it is full, and nobody holds a lease of it.
]]
local RECORD = '^(%d+):(%d+):(%d+):(%d+):(-?%d+)$'
local FORMAT, WINDOW_FORMAT = '1', '2'
local REST = ':(%d+):(%d+):(%d+):(%d+)$'
local BUCKET, WINDOW = '^' .. FORMAT .. REST, '^' .. WINDOW_FORMAT .. REST
local ANSWER = '<ddddddddddddd'
-- Stand for an answer where there is none.
local STALE, NEWER, REFUSED, ELSEWHERE = -1, -2, -3, -4

-- The bucket, its limit, this instance's record, and the names and records of others; nil for what
-- is not there.
local function partsOf(fields)
  local bucket, limit, own, names, records
  for i = 1, #fields, 2 do
    local field, text = fields[i], fields[i + 1]
    if field == 'bucket' then
      bucket = text
    elseif field == 'limit' then
      limit = text
    elseif field == name then
      own = text
    else
      if not names then names, records = {}, {} end
      names[#names + 1], records[#records + 1] = field, text
    end
  end
  return bucket, limit, own, names, records
end

-- What is used of a window, its end, its version and when it was seen; nothing where it is of a
-- newer form.
local function windowIn(bucket)
  local used, ends, version, seen = match(bucket, WINDOW)
  if used then return used + 0, ends + 0, version, seen end
  if not match(bucket, '^%d') then error('what is there is no bucket') end
end
