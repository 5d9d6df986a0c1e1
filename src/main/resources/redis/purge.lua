-- Removes messages that nobody holds, at most so many. ARGV: ahead, the most. Answers: how many.
local limit = tonumber(ARGV[2])
if state() ~= 'there' then
  return 0
end
local purged = 0

local function gone(id)
  call('HDEL', IDS, id)
  call('ZREM', EXPIRIES, id)
  call('HDEL', FAILURES, id)
  purged = purged + 1
end

-- Those behind first, so that nobody moves up into what is being emptied
for _, place in ipairs(call('ZRANGE', WAITING, 0, limit - 1)) do
  local id = string.sub(place, -36)
  call('ZREM', WAITING, place)
  call('ZREM', WAITING_DUE, id)
  call('HDEL', HELD, id)
  gone(id)
end

while purged < limit do
  local id = call('ZRANGE', DELAYED, 0, 0)[1]
  if not id then
    break
  end
  local message = named(held(id))
  call('ZREM', DELAYED, id)
  call('HDEL', HELD, id)
  gone(id)
  if message.ordered then
    advance(message.group)
  end
end

local from = '(' .. last_delivered()
while purged < limit do
  local it = call('XRANGE', STREAM, from, '+', 'COUNT', 1)[1]
  if not it then
    break
  end
  local message = named(it[2])
  call('XDEL', STREAM, it[1])
  gone(message.id)
  if message.ordered then
    advance(message.group)
  end
end
finish()
return purged
