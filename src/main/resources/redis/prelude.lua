-- Stands before every script. All scripts get the same keys, those of one queue in the order of
-- Keys.java, so that a cluster may keep them anywhere; the first word of all is how many microseconds
-- to be ahead of the server's clock.
local META, STREAM, LEASES, DELAYED, HELD, IDS, EXPIRIES, FAILURES, WAITING, WAITING_DUE, GROUPS,
  DEDUP, DEDUP_ENDS, DEAD = unpack(KEYS)
local CONSUMERS = 'posthaste'
local MOST_BYTES = 8 * 1024 * 1024

local call = redis.call

-- Microseconds since 1970 fit a double exactly; Lua's own text of them would not be exact
local function text(number)
  return string.format('%.0f', number)
end

-- The server's clock, which a test may let leap
local time = call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2]) + tonumber(ARGV[1])

-- Whether a receiver that waits should look again
local woken = false
local last_ms, last_seq
local expired, dropped, poisoned = 0, 0, 0

-- Ids of stream entries are on our clock, and always grow
local function next_entry()
  if not last_ms then
    local last = call('HMGET', META, 'ms', 'seq')
    last_ms, last_seq = tonumber(last[1] or 0), tonumber(last[2] or 0)
  end
  local ms = math.floor(now / 1000)
  if ms > last_ms then
    last_ms, last_seq = ms, 0
  else
    last_seq = last_seq + 1
  end
  return text(last_ms) .. '-' .. text(last_seq)
end

-- To be called once, at the end
local function finish()
  if last_ms then
    call('HSET', META, 'ms', text(last_ms), 'seq', text(last_seq))
  end
  -- One word wakes whoever waits, and only when somebody does
  if woken and call('HDEL', META, 'awaited') == 1 then
    call('PUBLISH', 'posthaste:wake', string.match(META, '{(%d+)}'))
  end
end

-- Fields of an entry, a flat list, by name
local function named(fields)
  local message = {}
  for i = 1, #fields, 2 do
    message[fields[i]] = fields[i + 1]
  end
  return message
end

local function due_of(message)
  return tonumber(message.due or message.enqueued)
end

-- Time to live and retention count from here
local function first_of(message)
  return tonumber(message.first or message.due or message.enqueued)
end

-- When its time is over
local function end_of(message, retention)
  if message.ttl and tonumber(message.ttl) < retention then
    return first_of(message) + tonumber(message.ttl)
  end
  return first_of(message) + retention
end

local MOVING = { due = true, first = true, attempt = true }

-- The fields with other times and attempts
local function with(fields, due, first, attempt)
  local changed = {}
  for i = 1, #fields, 2 do
    if not MOVING[fields[i]] then
      changed[#changed + 1] = fields[i]
      changed[#changed + 1] = fields[i + 1]
    end
  end
  changed[#changed + 1] = 'due'
  changed[#changed + 1] = text(due)
  changed[#changed + 1] = 'first'
  changed[#changed + 1] = text(first)
  if attempt > 0 then
    changed[#changed + 1] = 'attempt'
    changed[#changed + 1] = text(attempt)
  end
  return changed
end

local function hold(id, fields)
  call('HSET', HELD, id, cmsgpack.pack(fields))
end

local function held(id)
  return cmsgpack.unpack(call('HGET', HELD, id))
end

-- Adds an entry under the given id, or a greater one: somebody may have added others by hand
local function append(entry, fields)
  local added = redis.pcall('XADD', STREAM, entry, unpack(fields))
  if type(added) ~= 'table' then
    return entry
  end
  local info = call('XINFO', 'STREAM', STREAM)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local ms, seq = string.match(info[i + 1], '^(%d+)-(%d+)$')
      last_ms, last_seq = tonumber(ms), tonumber(seq)
    end
  end
  return call('XADD', STREAM, next_entry(), unpack(fields))
end

-- Puts a message where it is handed out from, now or once it is due
local function put(id, fields, due)
  if due <= now then
    local entry = append(next_entry(), fields)
    call('HSET', IDS, id, 's' .. entry)
  else
    hold(id, fields)
    call('ZADD', DELAYED, text(due), id)
    call('HSET', IDS, id, 'd')
  end
  woken = true
end

local function place_in(group, position, id)
  return group .. '\0' .. position .. id
end

-- The first of a group is gone: the next one takes its place
local function advance(group)
  local first = call('ZRANGEBYLEX', WAITING, '[' .. group .. '\0', '(' .. group .. '\1',
    'LIMIT', 0, 1)[1]
  if not first then
    call('HDEL', GROUPS, group)
    return
  end
  local id = string.sub(first, -36)
  local fields = held(id)
  call('ZREM', WAITING, first)
  call('ZREM', WAITING_DUE, id)
  call('HDEL', HELD, id)
  call('HSET', GROUPS, group, id)
  put(id, fields, due_of(named(fields)))
end

-- A message is gone for good; it was the first of its group, or in none
local function forget(message)
  call('HDEL', IDS, message.id)
  call('ZREM', EXPIRIES, message.id)
  call('HDEL', FAILURES, message.id)
  if message.ordered then
    advance(message.group)
  end
end

local function note_failure(id, attempt, reason)
  local before = call('HGET', FAILURES, id) or ''
  call('HSET', FAILURES, id, before .. text(attempt) .. '\0' .. text(now) .. '\0' .. reason .. '\0')
end

-- Among the dead, from where PostgreSQL takes it
local function bury(fields, message, class, reason, attempts)
  local history = call('HGET', FAILURES, message.id) or ''
  local record = {}
  for i = 1, #fields do
    record[i] = fields[i]
  end
  for _, field in ipairs({ 'class', class, 'reason', reason, 'attempts', text(attempts),
    'died', text(now), 'history', history }) do
    record[#record + 1] = field
  end
  local entry = call('XADD', DEAD, '*', unpack(record))
  call('HSET', IDS, message.id, 'x' .. entry)
  call('ZREM', EXPIRIES, message.id)
  call('HDEL', FAILURES, message.id)
end

-- Whether a field is a whole number of so many digits at most, or left out
local function whole(value, digits)
  return not value or (#value <= digits and string.find(value, '^%d+$'))
end

-- Whether an entry is one that scripts can work with. Somebody may have written others by hand
local function is_ours(message)
  return message.id and #message.id == 36 and string.find(message.id, '^[%x-]+$')
    and message.payload and message.enqueued and whole(message.enqueued, 17)
    and whole(message.due, 17) and whole(message.first, 17) and whole(message.ttl, 17)
    and whole(message.attempt, 4) and (not message.ordered or message.group)
end

-- What is not ours is a dead letter whose payload are its fields and values. Its id follows from its
-- place
local function bury_foreign(entry, fields)
  local hash = redis.sha1hex(STREAM .. entry)
  local id = string.gsub(string.sub(hash, 1, 32), '^(%x%x%x%x%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)',
    '%1-%2-%3-%4-')
  local record = { 'id', id, 'enqueued', text(now), 'contentType', 'text/plain',
    'payload', table.concat(fields, '\n') }
  bury(record, { id = id }, 'poison', 'an entry without id, enqueued or payload of ours', 0)
  poisoned = poisoned + 1
end

-- Its time is over
local function expire(fields, message, drop, first)
  if drop then
    call('HDEL', IDS, message.id)
    call('ZREM', EXPIRIES, message.id)
    call('HDEL', FAILURES, message.id)
    dropped = dropped + 1
  else
    bury(fields, message, 'expired', 'expired', tonumber(message.attempt or 0))
    expired = expired + 1
  end
  if first and message.ordered then
    advance(message.group)
  end
end

-- Moves what has fallen due; whether there may be more
local function move_due(limit)
  local due = call('ZRANGEBYSCORE', DELAYED, '-inf', text(now), 'LIMIT', 0, limit)
  for _, id in ipairs(due) do
    local fields = held(id)
    call('ZREM', DELAYED, id)
    call('HDEL', HELD, id)
    put(id, fields, now)
  end
  return #due == limit
end

-- The scores of sorted sets' first members, the least of them; -1 when all are empty
local function earliest(...)
  local least = -1
  for _, key in ipairs({ ... }) do
    local score = tonumber(call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or -1)
    if score >= 0 and (least < 0 or score < least) then
      least = score
    end
  end
  return least
end

local function leased(entry)
  return #call('XPENDING', STREAM, CONSUMERS, entry, entry, 1) > 0
end

-- The fields of an entry; absent when somebody has deleted it by hand
local function entry_at(id)
  local found = call('XRANGE', STREAM, id, id)[1]
  return found and found[2]
end

-- The id of the last entry that was handed out
local function last_delivered()
  for _, group in ipairs(call('XINFO', 'GROUPS', STREAM)) do
    for i = 1, #group, 2 do
      if group[i] == 'last-delivered-id' then
        return group[i + 1]
      end
    end
  end
  return '0-0'
end

-- What a queue is: gone or about to be, not there yet, or there
local function state()
  local meta = call('HMGET', META, 'gone', 'made', 'closed')
  if meta[1] or meta[3] and tonumber(meta[3]) > now then
    return 'gone'
  end
  return meta[2] and 'there' or 'new'
end
