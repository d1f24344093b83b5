--[[
The answer to all exchanges of a call. It begins with one string that has what was done for all
keys: number by number it would take longer to write and read than to decide. Then come, for each
key that could not be served, its place and in words why: what is wrong with one key is not the
others' fault. It is no script by itself: exchange.lua is sent with it, and so is
window-exchange.lua.
]]
local answers, troubles = {}, { '' }
local left, n, at = 0, 0, 2
for i = 1, #KEYS do
  if left == 0 then
    local length = ARGV[at + 1] + 0
    read(at + 2, at + 1 + length)
    left, n, at = ARGV[at] + 0, 0, at + 2 + length
  end
  local isDone, answer = pcall(exchange, KEYS[i], n)
  if not isDone then
    if type(answer) == 'table' then answer = answer.err end
    -- A hash that is torn, or not ours. What else Redis refuses it would refuse for the next too.
    local isOfKey = match(answer, '^user_script:%d+:') or match(answer, 'WRONGTYPE')
    if not isOfKey then return { err = answer } end
    troubles[#troubles + 1], troubles[#troubles + 2] = i - 1, answer
    answer = pack('<d', REFUSED)
  end
  answers[i] = answer
  left, n = left - 1, n + 1
end
troubles[1] = table.concat(answers)
return troubles
