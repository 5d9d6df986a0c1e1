-- Removes all that is left of a queue, and leaves a sign for those who have not heard of it.
-- ARGV: ahead, how many milliseconds to leave it.
for _, key in ipairs(KEYS) do
  call('UNLINK', key)
end
call('HSET', META, 'gone', '1')
call('PEXPIRE', META, ARGV[2])
return 'dropped'
