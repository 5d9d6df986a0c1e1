-- Forgets dead letters that PostgreSQL has. ARGV: ahead, then entry and message id of each.
for i = 2, #ARGV, 2 do
  call('XDEL', DEAD, ARGV[i])
  if call('HGET', IDS, ARGV[i + 1]) == 'x' .. ARGV[i] then
    call('HDEL', IDS, ARGV[i + 1])
  end
end
return 'drained'
