-- wrk -t1 -c500 -s poll.lua http://host:port -- PREFIX QUEUES      receivers in long poll, polling again when sent away
local common = dofile((debug.getinfo(1, 'S').source:match('^@(.*)/[^/]*$') or '.') .. '/common.lua')
local polls = {}
local turn = 0

function init(args)
  for queue = 1, tonumber(args[2]) do
    polls[queue] = common.post('/v1/queues/' .. args[1] .. queue .. '/receive', '{"wait":"PT20S"}')
  end
end

function request()
  turn = turn % #polls + 1
  return polls[turn]
end

function done(summary, latency) common.report(summary, latency) end
