-- wrk -s sqs-send.lua http://host:port -- QUEUE-URL      SendMessage in AWS JSON 1.0, unsigned: ElasticMQ's fastest way in
local common = dofile((debug.getinfo(1, 'S').source:match('^@(.*)/[^/]*$') or '.') .. '/common.lua')
local message

function init(args)
  message = common.sqs('SendMessage', '{"QueueUrl":' .. common.quote(args[1]) .. ',"MessageBody":' .. common.quote(common.document()) .. '}')
end

function request() return message end
function done(summary, latency) common.report(summary, latency) end
