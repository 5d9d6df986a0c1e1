-- Stores messages.
-- ARGV: ahead, queue's name, deduplication window, then for each message: id, number of fields that
-- follow, "1" when there is more to know, that (due "+delay" or "@moment", time to live, group where
-- the queue orders by it, deduplication id, fingerprint), the fields.
-- Answers: now, then for each message "s" stored, "e" the very message is
-- there already, "r" another one has its id, "d<id>" a repeat of that message,
-- "c<id>" in conflict with it; or "gone" alone.
local queue = state()
if queue == 'gone' then
  return { 'gone' }
end
if queue == 'new' then
  call('XGROUP', 'CREATE', STREAM, CONSUMERS, '0', 'MKSTREAM')
  call('HSET', META, 'made', text(now), 'name', ARGV[2])
end

local moment = text(now)

local function seen(key, fingerprint)
  local record = call('HGET', DEDUP, key)
  if record then
    local known = cmsgpack.unpack(record)
    if known[1] > now then
      return (known[3] == fingerprint and 'd' or 'c') .. known[2]
    end
  end
end

-- A dead letter that comes back before it was taken away must not be there twice
local function raise(id, place)
  call('XDEL', DEAD, string.sub(place, 2))
  call('HDEL', IDS, id)
end

-- What is answered where the id is taken
local function refused(id, fields)
  local place = call('HGET', IDS, id)
  if not place then
    return false
  end
  local kind, rest = string.sub(place, 1, 1), string.sub(place, 2)
  if kind == 'x' then
    raise(id, place)
    return false
  end
  local there
  if kind == 's' then
    there = entry_at(rest)
  elseif call('HEXISTS', HELD, id) == 1 then
    there = held(id)
  end
  return there and named(there).payload == named(fields).payload and 'e' or 'r'
end

local function due(spec)
  local value = tonumber(string.sub(spec, 2))
  if string.sub(spec, 1, 1) == '@' then
    return math.max(now, value)
  end
  return now + value
end

local function store(id, fields, at, group)
  if group == '' then
    put(id, fields, at)
    return
  end
  fields[#fields + 1] = 'ordered'
  fields[#fields + 1] = '1'
  if call('HSETNX', GROUPS, group, id) == 1 then
    put(id, fields, at)
  else
    local position = string.format('%016.0f', call('HINCRBY', META, 'position', 1))
    hold(id, fields)
    call('ZADD', WAITING, 0, place_in(group, position, id))
    call('ZADD', WAITING_DUE, text(at), id)
    call('HSET', IDS, id, 'w' .. position)
  end
end

local function plain(id, fields)
  local entry = next_entry()
  if call('HSETNX', IDS, id, 's' .. entry) == 0 then
    local taken = refused(id, fields)
    if taken then
      return taken
    end
    call('HSET', IDS, id, 's' .. entry)
  end
  local added = append(entry, fields)
  if added ~= entry then
    call('HSET', IDS, id, 's' .. added)
  end
  woken = true
  return 's'
end

local function special(id, fields, at, ttl, group, key, fingerprint, window)
  if key ~= '' then
    local outcome = seen(key, fingerprint)
    if outcome then
      return outcome
    end
  end
  local taken = refused(id, fields)
  if taken then
    return taken
  end
  if key ~= '' then
    call('HSET', DEDUP, key, cmsgpack.pack({ now + window, id, fingerprint }))
    call('ZADD', DEDUP_ENDS, text(now + window), key)
  end
  if at > now then
    fields[#fields + 1] = 'due'
    fields[#fields + 1] = text(at)
  end
  if ttl ~= '' then
    fields[#fields + 1] = 'ttl'
    fields[#fields + 1] = ttl
    call('ZADD', EXPIRIES, text(at + tonumber(ttl)), id)
  end
  store(id, fields, at, group)
  return 's'
end

local window = tonumber(ARGV[3])
local outcomes = { moment }
local i = 4
while i <= #ARGV do
  local id, count, more = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2] == '1'
  local first = i + 3 + (more and 5 or 0)
  local fields = { 'id', id, 'enqueued', moment, unpack(ARGV, first, first + count - 1) }
  if more then
    outcomes[#outcomes + 1] = special(id, fields, due(ARGV[i + 3]), ARGV[i + 4], ARGV[i + 5],
      ARGV[i + 6], ARGV[i + 7], window)
  else
    outcomes[#outcomes + 1] = plain(id, fields)
  end
  i = first + count
end
finish()
return outcomes
