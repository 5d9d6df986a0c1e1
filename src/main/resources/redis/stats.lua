-- Counts. ARGV: ahead. Answers: now, available, delayed, leased, dead and not taken away yet, the
-- earliest due time of those available or -1.
local undrained = call('XLEN', DEAD)
if state() ~= 'there' then
  return { text(now), 0, 0, 0, undrained, '-1' }
end
local held_now = call('ZCOUNT', DELAYED, '-inf', text(now)) + call('ZCOUNT', WAITING_DUE, '-inf', text(now))
local delayed = call('ZCARD', DELAYED) + call('ZCARD', WAITING_DUE) - held_now
local leases = call('ZCARD', LEASES)
local available = call('XLEN', STREAM) - leases + held_now
local oldest = -1
local function older(due)
  if due and due <= now and (oldest < 0 or due < oldest) then
    oldest = due
  end
end
older(tonumber(call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')[2]))
older(tonumber(call('ZRANGE', WAITING_DUE, 0, 0, 'WITHSCORES')[2]))
local first = call('XRANGE', STREAM, '(' .. last_delivered(), '+', 'COUNT', 1)[1]
if first then
  older(due_of(named(first[2])))
end
return { text(now), available, delayed, leases, undrained, text(oldest) }
