-- wrk -t1 -s sqs-cycle.lua http://host:port -- QUEUE-URL
-- ElasticMQ's full cycle, the twin of cycle.lua: SendMessage one by one, ReceiveMessage (10) after every 10 sent,
-- DeleteMessageBatch as soon as 10 receipts are known.
local common = dofile((debug.getinfo(1, 'S').source:match('^@(.*)/[^/]*$') or '.') .. '/common.lua')
local threads = {}
local queue, send, receive
local receipts, acks, credit = {}, {}, 0

function setup(thread) threads[#threads + 1] = thread end

function init(args)
  queue = '{"QueueUrl":' .. common.quote(args[1]) .. ','
  send = common.sqs('SendMessage', queue .. '"MessageBody":' .. common.quote(common.document()) .. '}')
  receive = common.sqs('ReceiveMessage', queue .. '"MaxNumberOfMessages":10}')
  sent, received, acked, lost, failed = 0, 0, 0, 0, 0
end

function request()
  if #acks > 0 then return table.remove(acks) end
  if credit >= 10 then
    credit = credit - 10
    return receive
  end
  credit = credit + 1
  return send
end

local function take(body)
  for receipt in body:gmatch('"ReceiptHandle":"([^"]+)"') do
    received = received + 1
    receipts[#receipts + 1] = '{"Id":"d' .. #receipts .. '","ReceiptHandle":"' .. receipt .. '"}'
    if #receipts >= 10 then
      acks[#acks + 1] = common.sqs('DeleteMessageBatch', queue .. '"Entries":[' .. table.concat(receipts, ',') .. ']}')
      receipts = {}
    end
  end
end

function response(status, _, body)
  if status ~= 200 then
    failed = failed + 1
    common.refused(status, body)
  elseif body:find('"Messages"', 1, true) then
    take(body)
  elseif body:find('"Successful"', 1, true) then
    local done = common.count(body, '"Id"')
    acked = acked + done
    lost = lost + 10 - done
  elseif body:find('"MessageId"', 1, true) then
    sent = sent + 1
  end
end

function done(summary, latency)
  local counts = { sent = 0, received = 0, acked = 0, lost = 0, failed = 0 }
  for _, thread in ipairs(threads) do
    for name, total in pairs(counts) do counts[name] = total + thread:get(name) end
  end
  common.report(summary, latency, counts)
end
