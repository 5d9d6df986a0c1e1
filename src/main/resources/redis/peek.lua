-- Looks without taking. ARGV: ahead, "a", "d", "l" or "" for all states, the most.
-- Answers: state, attempts so far, fields, for each.
local which, limit = ARGV[2], tonumber(ARGV[3])
local seen = {}
local bytes = 0

local function full()
  return #seen >= limit or bytes >= MOST_BYTES
end

local function show(kind, fields)
  local message = named(fields)
  local attempt = tonumber(message.attempt or 0) + (kind == 'l' and 1 or 0)
  seen[#seen + 1] = { kind, attempt, fields }
  bytes = bytes + #message.payload
end

local function show_held(kind, key, from, to)
  for _, id in ipairs(call('ZRANGEBYSCORE', key, from, to, 'LIMIT', 0, limit)) do
    if full() then
      return
    end
    show(kind, held(id))
  end
end

-- Behind the first of their groups, in their order
local function show_waiting()
  local at = 0
  local some = call('ZRANGE', WAITING, at, at + 99)
  while #some > 0 and not full() do
    for _, place in ipairs(some) do
      local fields = held(string.sub(place, -36))
      if not full() and due_of(named(fields)) <= now then
        show('a', fields)
      end
    end
    at = at + 100
    some = at < 10000 and call('ZRANGE', WAITING, at, at + 99) or {}
  end
end

if state() ~= 'there' then
  return {}
end
if which == '' or which == 'a' then
  show_held('a', DELAYED, '-inf', text(now))
  local from = '(' .. last_delivered()
  while not full() do
    local it = call('XRANGE', STREAM, from, '+', 'COUNT', 1)[1]
    if not it then
      break
    end
    if is_ours(named(it[2])) then
      show('a', it[2])
    end
    from = '(' .. it[1]
  end
  show_waiting()
end
if which == '' or which == 'd' then
  show_held('d', DELAYED, '(' .. text(now), '+inf')
  show_held('d', WAITING_DUE, '(' .. text(now), '+inf')
end
if which == '' or which == 'l' then
  for _, receipt in ipairs(call('ZRANGE', LEASES, 0, limit - 1)) do
    if full() then
      break
    end
    local fields = entry_at(string.match(receipt, '^[^/]+'))
    if fields then
      show('l', fields)
    end
  end
end
return seen
