-- Shared by the scripts: the message, JSON strings, requests, and one line of JSON at the end of a run.
local M = {}
local here = debug.getinfo(1, 'S').source:match('^@(.*)/[^/]*$') or '.'

function M.document()
  local file = assert(io.open(here .. '/../document.json'))
  local text = file:read('*a')
  file:close()
  return text
end

function M.quote(s)
  return '"' .. s:gsub('\\', '\\\\'):gsub('"', '\\"') .. '"'
end

function M.post(path, body)
  return wrk.format('POST', path, { ['Content-Type'] = 'application/json', ['Host'] = wrk.headers['Host'] }, body)
end

function M.sqs(action, body)
  return wrk.format('POST', '/', { ['Content-Type'] = 'application/x-amz-json-1.0',
    ['X-Amz-Target'] = 'AmazonSQS.' .. action, ['Host'] = wrk.headers['Host'] }, body)
end

function M.count(body, pattern)
  local n = 0
  for _ in body:gmatch(pattern) do n = n + 1 end
  return n
end

-- Says once what the server answered instead of doing what it was asked.
local said = false
function M.refused(status, body)
  if not said then io.write(string.format('REFUSED with %d %s\n', status, body:sub(1, 300))) end
  said = true
end

-- counts: a table of the script's own totals, printed beside wrk's.
function M.report(summary, latency, counts)
  local e = summary.errors
  local more = ''
  for name, total in pairs(counts or {}) do more = more .. string.format(',"%s":%d', name, total) end
  io.write(string.format('RESULT {"requests":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f,"max":%.3f,"refused":%d,"broken":%d%s}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, e.status, e.connect + e.read + e.write + e.timeout, more))
end

return M
