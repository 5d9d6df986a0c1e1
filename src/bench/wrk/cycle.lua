-- wrk -t1 -s cycle.lua http://host:port -- PREFIX QUEUES SEND RECEIVE
-- The full cycle over REST: sends SEND messages at a time, receives and acks RECEIVE at a time, round robin over the
-- queues PREFIX1 … PREFIXn. A receive follows every RECEIVE messages sent to its queue, an ack goes as soon as RECEIVE
-- receipts of a queue are known. wrk does not say which connection a response belongs to, so the state is the
-- generator's, not the connection's, and the payload carries the number of its queue.
local common = dofile((debug.getinfo(1, 'S').source:match('^@(.*)/[^/]*$') or '.') .. '/common.lua')
local threads = {}
local prefix, queues, send, receive
local sends, receives, credit, receipts, acks, due = {}, {}, {}, {}, {}, {}
local turn = 0

function setup(thread) threads[#threads + 1] = thread end

local function path(queue, operation) return '/v1/queues/' .. prefix .. queue .. '/' .. operation end

local function send_request(queue)
  local message = '{"payload":{"bench":' .. queue .. ',' .. common.document():sub(2) .. '}'
  if send == 1 then return common.post(path(queue, 'messages'), message) end
  return common.post(path(queue, 'messages/batch'), '{"messages":[' .. message .. (',' .. message):rep(send - 1) .. ']}')
end

function init(args)
  prefix, queues, send, receive = args[1], tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
  for queue = 1, queues do
    sends[queue] = send_request(queue)
    receives[queue] = common.post(path(queue, 'receive'), '{"max":' .. receive .. '}')
    credit[queue] = queue % receive -- many queues come due one after the other, not all at once
    receipts[queue] = {}
  end
  sent, received, acked, lost, failed = 0, 0, 0, 0, 0
end

function request()
  if #acks > 0 then return table.remove(acks) end
  if #due > 0 then return receives[table.remove(due)] end
  turn = turn % queues + 1
  credit[turn] = credit[turn] + send
  while credit[turn] >= receive do
    credit[turn] = credit[turn] - receive
    due[#due + 1] = turn
  end
  return sends[turn]
end

local function take(body)
  local queue = queues == 1 and 1 or tonumber(body:match('"bench"%s*:%s*(%d+)'))
  if not queue then return end -- an empty receive
  local held = receipts[queue]
  for receipt in body:gmatch('"receipt"%s*:%s*"([^"]+)"') do
    received = received + 1
    held[#held + 1] = receipt
    if #held >= receive then
      acks[#acks + 1] = common.post(path(queue, 'ack'), '{"receipts":["' .. table.concat(held, '","') .. '"]}')
      held = {}
    end
  end
  receipts[queue] = held
end

function response(status, _, body)
  if status < 200 or status > 299 then
    failed = failed + 1
    common.refused(status, body)
  elseif body:find('"deliveries"', 1, true) then
    take(body)
  elseif body:find('"outcome"', 1, true) then
    local done = common.count(body, '"outcome"%s*:%s*"acked"')
    acked = acked + done
    lost = lost + common.count(body, '"outcome"') - done
  elseif body:find('"results"', 1, true) then
    sent = sent + common.count(body, '"id"%s*:')
    failed = failed + common.count(body, '"error"%s*:')
  else
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
