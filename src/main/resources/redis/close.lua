-- Takes no more messages for a while, if there are none. ARGV: ahead, for how many microseconds.
-- Answers: 1 when it is closed.
if state() == 'there' and (call('XLEN', STREAM) > 0 or call('HLEN', HELD) > 0) then
  return 0
end
call('HSET', META, 'closed', text(now + tonumber(ARGV[2])))
return 1
