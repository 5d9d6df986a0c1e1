-- Hands messages out under leases.
-- ARGV: ahead, retention, "1" to drop what expires, a random token, how many entries to read at once,
-- "1" when somebody waits for more, then for each receiver: how many it takes, its lease.
-- Answers: now, deliveries {receiver from 0, receipt, lease's end, fields}, how many expired, how
-- many were dropped, the next moment at which something happens or -1, "1" when there may be more,
-- how many were not ours.
local retention, drop, token = tonumber(ARGV[2]), ARGV[3] == '1', ARGV[4]
local chunk, waits = tonumber(ARGV[5]), ARGV[6] == '1'
local receivers = (#ARGV - 6) / 2

local function await()
  if waits and call('HGET', META, 'awaited') ~= '1' then
    call('HSET', META, 'awaited', '1')
  end
end

local queue = state()
if queue ~= 'there' then
  if queue == 'new' then
    await()
  end
  return { text(now), {}, 0, 0, '-1', '0', 0 }
end

local deliveries = {}
local bytes = 0
local receiver, taken = 0, 0

local function wanted()
  local sum = -taken
  for i = receiver, receivers - 1 do
    sum = sum + tonumber(ARGV[7 + 2 * i])
  end
  return sum
end

-- What settling needs to know without reading the entry: g in an ordered group, e may expire by
-- itself, f has failed before
local function flags(message)
  return (message.ordered and 'g' or '') .. ((message.ttl or message.first) and 'e' or '')
    .. (message.attempt and 'f' or '')
end

local function hand_out(entry, fields, message)
  if taken == tonumber(ARGV[7 + 2 * receiver]) then
    receiver, taken = receiver + 1, 0
  end
  taken = taken + 1
  local attempt = tonumber(message.attempt or 0) + 1
  local receipt = table.concat({ entry, message.id, text(attempt), flags(message), token }, '/')
  local ends = text(now + tonumber(ARGV[8 + 2 * receiver]))
  call('ZADD', LEASES, ends, receipt)
  deliveries[#deliveries + 1] = { receiver, receipt, ends, fields }
  bytes = bytes + #message.payload
end

local more = move_due(1000)
local want = wanted()
while want > 0 and bytes < MOST_BYTES and expired + dropped + poisoned < 1000 do
  local read = call('XREADGROUP', 'GROUP', CONSUMERS, CONSUMERS, 'COUNT', math.min(want, chunk),
    'STREAMS', STREAM, '>')
  if not read then
    break
  end
  for _, it in ipairs(read[1][2]) do
    local entry, fields = it[1], it[2]
    local message = named(fields)
    if not is_ours(message) then
      call('XACK', STREAM, CONSUMERS, entry)
      call('XDEL', STREAM, entry)
      bury_foreign(entry, fields)
    elseif end_of(message, retention) <= now then
      call('XACK', STREAM, CONSUMERS, entry)
      call('XDEL', STREAM, entry)
      expire(fields, message, drop, true)
    else
      hand_out(entry, fields, message)
      want = want - 1
    end
  end
end
-- Those who move up behind an expired one are seen at the next look
more = more or bytes >= MOST_BYTES or expired + dropped + poisoned > 0
if want > 0 then
  await()
end
woken = false
finish()
return { text(now), deliveries, expired, dropped, text(earliest(DELAYED, LEASES, EXPIRIES)),
  more and '1' or '0', poisoned }
