-- wrk -s send.lua http://host:port/path      one message a request; Posthaste and the HTTP floor take the same body
local common = dofile((debug.getinfo(1, 'S').source:match('^@(.*)/[^/]*$') or '.') .. '/common.lua')
local message

function init()
  message = common.post(wrk.path, '{"payload":' .. common.document() .. '}')
end

function request() return message end
function done(summary, latency) common.report(summary, latency) end
