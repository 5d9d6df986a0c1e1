-- Finds one message. ARGV: ahead, id. Answers: nothing, or state, attempts so far, fields.
local id = ARGV[2]
local place = call('HGET', IDS, id)
if not place then
  return {}
end
local kind, rest = string.sub(place, 1, 1), string.sub(place, 2)
local fields, attempt
local shown
if kind == 's' then
  fields = entry_at(rest)
  if not fields then
    return {}
  end
  shown = leased(rest) and 'l' or 'a'
elseif kind == 'd' or kind == 'w' then
  fields = held(id)
  shown = due_of(named(fields)) <= now and 'a' or 'd'
else
  return {}
end
return { shown, tonumber(named(fields).attempt or 0) + (shown == 'l' and 1 or 0), fields }
