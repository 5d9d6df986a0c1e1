-- Changes one message that nobody holds. ARGV: ahead, id, "cancel" or when it is due from now on,
-- "+delay" or "@moment". Answers: "changed", "leased" or "none".
local id, word = ARGV[2], ARGV[3]
local place = call('HGET', IDS, id)
if not place then
  return 'none'
end
local kind, rest = string.sub(place, 1, 1), string.sub(place, 2)
local fields
if kind == 's' then
  if leased(rest) then
    return 'leased'
  end
  fields = entry_at(rest)
  if not fields then
    return 'none'
  end
elseif kind == 'd' or kind == 'w' then
  fields = held(id)
else
  return 'none'
end
local message = named(fields)

local function take_out()
  if kind == 's' then
    call('XDEL', STREAM, rest)
  else
    call('HDEL', HELD, id)
    call('ZREM', DELAYED, id)
  end
end

if word == 'cancel' then
  take_out()
  if kind == 'w' then
    call('ZREM', WAITING, place_in(message.group, rest, id))
    call('ZREM', WAITING_DUE, id)
    message.ordered = nil
  end
  forget(message)
  finish()
  return 'changed'
end

local value = tonumber(string.sub(word, 2))
local due = string.sub(word, 1, 1) == '@' and math.max(now, value) or now + value
-- It lives as long from its new time on
local changed = with(fields, due, due, tonumber(message.attempt or 0))
if message.ttl then
  call('ZADD', EXPIRIES, text(due + tonumber(message.ttl)), id)
else
  call('ZREM', EXPIRIES, id)
end
if kind == 'w' then
  hold(id, changed)
  call('ZADD', WAITING_DUE, text(due), id)
else
  take_out()
  put(id, changed, due)
end
finish()
return 'changed'
