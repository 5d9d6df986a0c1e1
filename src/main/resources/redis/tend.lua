-- What has to happen without anybody asking, in bounded steps: due messages become available, those
-- whose time is over go, old records too. Tells of leases that have run out.
-- ARGV: ahead, retention, "1" to drop what expires, the most of each kind.
-- Answers: now, receipts whose leases are over, how many expired, how many were dropped, how many
-- dead letters wait to be taken away, the next moment at which something happens or -1, "1" when
-- there may be more at once.
local retention, drop, limit = tonumber(ARGV[2]), ARGV[3] == '1', tonumber(ARGV[4])
if state() ~= 'there' then
  return { text(now), {}, 0, 0, call('XLEN', DEAD), '-1', '0' }
end

local more = move_due(limit)

local function expire_at(id, place)
  local kind, rest = string.sub(place, 1, 1), string.sub(place, 2)
  local fields
  if kind == 's' then
    -- One that is leased is looked at again when it comes back
    if leased(rest) then
      return
    end
    fields = entry_at(rest)
    if not fields then
      call('HDEL', IDS, id)
      return
    end
    call('XDEL', STREAM, rest)
  elseif kind == 'd' or kind == 'w' then
    fields = held(id)
    call('HDEL', HELD, id)
    call('ZREM', DELAYED, id)
  else
    return
  end
  local message = named(fields)
  if kind == 'w' then
    call('ZREM', WAITING, place_in(message.group, rest, id))
    call('ZREM', WAITING_DUE, id)
  end
  expire(fields, message, drop, kind ~= 'w')
end

local over = call('ZRANGEBYSCORE', EXPIRIES, '-inf', text(now), 'LIMIT', 0, limit)
for _, id in ipairs(over) do
  call('ZREM', EXPIRIES, id)
  local place = call('HGET', IDS, id)
  if place then
    expire_at(id, place)
  end
end
more = more or #over == limit

-- Entries stand in the order in which they became available: the oldest first
local next_old = -1
local from = '(' .. last_delivered()
for step = 1, limit do
  local it = call('XRANGE', STREAM, from, '+', 'COUNT', 1)[1]
  if not it then
    break
  end
  local since = tonumber(string.match(it[1], '^%d+')) * 1000
  local message = named(it[2])
  if end_of(message, retention) > now then
    next_old = since + retention
    break
  end
  call('XDEL', STREAM, it[1])
  expire(it[2], message, drop, true)
  more = more or step == limit
end

local forgotten = call('ZRANGEBYSCORE', DEDUP_ENDS, '-inf', text(now), 'LIMIT', 0, limit)
for _, key in ipairs(forgotten) do
  call('ZREM', DEDUP_ENDS, key)
  call('HDEL', DEDUP, key)
end
more = more or #forgotten == limit

local receipts = call('ZRANGEBYSCORE', LEASES, '-inf', text(now), 'LIMIT', 0, limit)
local soonest = earliest(DELAYED, LEASES, EXPIRIES, DEDUP_ENDS)
if next_old >= 0 and (soonest < 0 or next_old < soonest) then
  soonest = next_old
end
finish()
return { text(now), receipts, expired, dropped, call('XLEN', DEAD), text(soonest),
  more and '1' or '0' }
