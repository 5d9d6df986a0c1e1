-- Settles deliveries, each by the first word on it.
-- ARGV: ahead, retention, "live" for leases that hold or "over" for those that have run out, then for
-- each: receipt, what to do, and three words about it:
--   ack
--   extend  lease
--   back    delay, attempts that count from now on, reason of the failure or ""
--   dead    class, attempts, reason
-- Answers: now, then "1" for each that was settled and "0" for each whose lease was lost.
local retention, live = tonumber(ARGV[2]), ARGV[3] == 'live'
local acked = {}
local outcomes = { text(now) }

local function take_out(entry, fields)
  call('XACK', STREAM, CONSUMERS, entry)
  call('XDEL', STREAM, entry)
  return named(fields)
end

local does = {}

function does.ack(entry, id, fields, marks)
  acked[#acked + 1] = entry
  if string.find(marks, 'g', 1, true) then
    forget(named(fields))
    return
  end
  call('HDEL', IDS, id)
  if string.find(marks, 'e', 1, true) then
    call('ZREM', EXPIRIES, id)
  end
  if string.find(marks, 'f', 1, true) then
    call('HDEL', FAILURES, id)
  end
end

function does.back(entry, id, fields, _, delay, attempt, reason)
  local message = take_out(entry, fields)
  if reason ~= '' then
    note_failure(id, tonumber(attempt), reason)
  end
  local due = now + tonumber(delay)
  -- However often it comes back, it lives no longer than its first due time allows
  call('ZADD', EXPIRIES, text(end_of(message, retention)), id)
  put(id, with(fields, due, first_of(message), tonumber(attempt)), due)
end

function does.dead(entry, id, fields, _, class, attempts, reason)
  local message = take_out(entry, fields)
  note_failure(id, tonumber(attempts), reason)
  bury(fields, message, class, reason, tonumber(attempts))
  if message.ordered then
    advance(message.group)
  end
end

for i = 4, #ARGV, 5 do
  local receipt, action = ARGV[i], ARGV[i + 1]
  local ends = tonumber(call('ZSCORE', LEASES, receipt) or -1)
  if ends < 0 or live ~= (ends > now) then
    outcomes[#outcomes + 1] = '0'
  elseif action == 'extend' then
    call('ZADD', LEASES, text(now + tonumber(ARGV[i + 2])), receipt)
    -- A receiver that waits may have to look earlier than it knows
    woken = true
    outcomes[#outcomes + 1] = '1'
  else
    call('ZREM', LEASES, receipt)
    local entry, id, marks = string.match(receipt, '^([^/]+)/([^/]+)/%d+/(%a*)/')
    local ordered = string.find(marks, 'g', 1, true)
    local fields = (action ~= 'ack' or ordered) and entry_at(entry)
    if fields or action == 'ack' and not ordered then
      does[action](entry, id, fields, marks, ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
      outcomes[#outcomes + 1] = '1'
    else
      -- Somebody has deleted the entry by hand
      acked[#acked + 1] = entry
      call('HDEL', IDS, id)
      outcomes[#outcomes + 1] = '0'
    end
  end
end
if #acked > 0 then
  call('XACK', STREAM, CONSUMERS, unpack(acked))
  call('XDEL', STREAM, unpack(acked))
end
finish()
return outcomes
