"""The ledger's steps as Lua, each one atomic. State changes happen here and nowhere else.

An entry's hash holds: state, opened, tries, jobs (how often it was put into the queue), flight (its question's
fingerprint), worker and touched (who runs it, last sign of life), holder (the run it joined), owner (the Slack process
that accepted it), lease and leased_until (who delivers it), attempts (deliveries that failed), broken (since when they
fail in a way that nobody foresaw), stranded (since when its cluster has no worker), by:… (each attempt to accept it that
was not taken back), withdrawn (all of them were: asked again, it is new).
Keys are built from the run id, which Redis Cluster would not allow (config.py refuses it).
"""

_PRELUDE = """
local PREFIX, LEDGER, BELL = 'k8snet:', 'k8snet:ledger', 'k8snet:slack'
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local function entry(id) return PREFIX .. 'open:' .. id end
local function get(id, field) return redis.call('HGET', entry(id), field) or '' end
local function is_open(id) return redis.call('ZSCORE', LEDGER, id) and true or false end
local function is_unanswered(id)
  local state = get(id, 'state')
  return is_open(id) and (state == 'queued' or state == 'running')
end
local function look(id, seconds) redis.call('ZADD', LEDGER, 'XX', now + seconds, id) end
"""

# run id, run, fingerprint, fresh, life, patience, channel, its length, asker, process, most open of an asker and of a channel
# (0: any number), attempt → queued | again | joined, id | cached, id, ms | busy, asker or channel: it has that many open
OPEN = """
local id, run, flight, fresh, life, patience, channel, length, asker, owner, most, most_here, attempt = unpack(ARGV)
if redis.call('EXISTS', entry(id)) == 1 then
  if get(id, 'withdrawn') == '' then
    redis.call('HSET', entry(id), 'by:' .. attempt, 1)
    return {'again'}
  end
  redis.call('DEL', entry(id))
end
if fresh == '0' then
  local cached = redis.call('GET', PREFIX .. 'cache:' .. flight)
  if cached then return {'cached', cached, redis.call('PTTL', PREFIX .. 'cache:' .. flight)} end
end
local counted = {}
for _, each in ipairs({{'asker', asker, tonumber(most)}, {'channel', channel, tonumber(most_here)}}) do
  local kind, whose, limit = unpack(each)
  if whose ~= '' and limit > 0 then
    local own = PREFIX .. 'asking:' .. whose
    for _, one in ipairs(redis.call('SMEMBERS', own)) do
      if not is_open(one) then redis.call('SREM', own, one) end
    end
    if redis.call('SCARD', own) >= limit then return {'busy', kind} end
    table.insert(counted, own)
  end
end
for _, own in ipairs(counted) do
  redis.call('SADD', own, id)
  redis.call('EXPIRE', own, life)
end
redis.call('SET', PREFIX .. 'run:' .. id, run, 'EX', life)
redis.call('ZADD', LEDGER, now + patience, id)
if channel ~= '' then
  local list = PREFIX .. 'channel:' .. channel
  redis.call('ZADD', list, now, id)
  redis.call('ZREMRANGEBYRANK', list, 0, -1 - length)
  redis.call('EXPIRE', list, life)
end
local holder = fresh == '0' and redis.call('GET', PREFIX .. 'flight:' .. flight)
if holder and is_unanswered(holder) then
  redis.call('HSET', entry(id), 'state', 'joined', 'opened', now, 'holder', holder, 'flight', flight, 'tries', 0,
    'owner', owner, 'by:' .. attempt, 1)
  redis.call('EXPIRE', entry(id), life)
  redis.call('RPUSH', PREFIX .. 'waiting:' .. holder, id)
  redis.call('EXPIRE', PREFIX .. 'waiting:' .. holder, life)
  return {'joined', holder}
end
redis.call('SET', PREFIX .. 'flight:' .. flight, id, 'EX', life)
redis.call('HSET', entry(id), 'state', 'queued', 'opened', now, 'flight', flight, 'tries', 0, 'jobs', 1,
  'owner', owner, 'by:' .. attempt, 1)
redis.call('EXPIRE', entry(id), life)
if redis.call('EXISTS', PREFIX .. 'answer:' .. id) == 1 then
  redis.call('HSET', entry(id), 'state', 'answered')
  look(id, 0)
end
return {'queued'}
"""

# run id, run, life, channel, its length, the answered run, owner → nothing; that run's answer is delivered for this one, too
SHARE = """
local id, run, life, channel, length, holder, owner = unpack(ARGV)
if redis.call('EXISTS', entry(id)) == 1 then return end
redis.call('SET', PREFIX .. 'run:' .. id, run, 'EX', life)
redis.call('HSET', entry(id), 'state', 'joined', 'opened', now, 'holder', holder, 'tries', 0, 'owner', owner)
redis.call('EXPIRE', entry(id), life)
if channel ~= '' then
  redis.call('ZADD', PREFIX .. 'channel:' .. channel, now, id)
  redis.call('ZREMRANGEBYRANK', PREFIX .. 'channel:' .. channel, 0, -1 - length)
  redis.call('EXPIRE', PREFIX .. 'channel:' .. channel, life)
end
redis.call('ZADD', LEDGER, now, id)
redis.call('RPUSH', BELL .. ':' .. owner, id)
redis.call('EXPIRE', BELL .. ':' .. owner, 60)
"""

# run id, worker, alive, silence → tries, or 0: it needs no answer, or -1: another worker is at it
TAKE = """
local id, worker, alive, silence = unpack(ARGV)
if not is_unanswered(id) then return 0 end
if get(id, 'state') == 'running' then
  if get(id, 'worker') == worker then return tonumber(get(id, 'tries')) end
  if now - tonumber(get(id, 'touched')) < tonumber(alive) then return -1 end
end
redis.call('HSET', entry(id), 'state', 'running', 'worker', worker, 'touched', now)
redis.call('HDEL', entry(id), 'stranded')
look(id, silence)
return redis.call('HINCRBY', entry(id), 'tries', 1)
"""

# run id, worker, silence → 1, or 0: the run is no longer this worker's
TOUCH = """
local id, worker, silence = unpack(ARGV)
if get(id, 'state') ~= 'running' or get(id, 'worker') ~= worker then return 0 end
redis.call('HSET', entry(id), 'touched', now)
look(id, silence)
return 1
"""

# run id, worker, patience → 1, or 0: it was not this worker's. A worker that stops in good order has not lost a try.
RELEASE = """
local id, worker, patience = unpack(ARGV)
if get(id, 'state') ~= 'running' or get(id, 'worker') ~= worker then return 0 end
redis.call('HSET', entry(id), 'state', 'queued', 'worker', '')
redis.call('HINCRBY', entry(id), 'tries', -1)
look(id, patience)
return 1
"""

# run id, answer, life, cache milliseconds → 1, or 0: another answer came first
ANSWER = """
local id, answer, life, cache = unpack(ARGV)
if not redis.call('SET', PREFIX .. 'answer:' .. id, answer, 'NX', 'EX', life) then return 0 end
local flight = get(id, 'flight')
if flight ~= '' then
  redis.call('HSET', entry(id), 'state', 'answered')
  if redis.call('GET', PREFIX .. 'flight:' .. flight) == id then redis.call('DEL', PREFIX .. 'flight:' .. flight) end
  if tonumber(cache) > 0 then redis.call('SET', PREFIX .. 'cache:' .. flight, id, 'PX', cache) end
end
local waiting = redis.call('LRANGE', PREFIX .. 'waiting:' .. id, 0, -1)
table.insert(waiting, id)
for _, each in ipairs(waiting) do
  look(each, 0)
  if redis.call('EXISTS', entry(each)) == 1 then -- else it is forgotten: who accepted it asks again, and finds the answer
    local owner = get(each, 'owner')
    local bell = owner == '' and BELL or BELL .. ':' .. owner
    redis.call('RPUSH', bell, each)
    redis.call('LTRIM', bell, -1000, -1)
    redis.call('EXPIRE', bell, 60)
  end
end
return 1
"""

# most, seconds until each is looked at again, process, seconds for which others leave it to its owner
# → ids that are due; what is no run id is struck off
CLAIM = """
local most, again, process, first = unpack(ARGV)
local ids = {}
local due = redis.call('ZRANGEBYSCORE', LEDGER, '-inf', now, 'WITHSCORES', 'LIMIT', 0, most * 10)
for place = 1, #due, 2 do
  local id = due[place]
  if #ids == tonumber(most) then break end
  if #id ~= 26 or string.find(id, '[^0-9A-Z]') then
    redis.call('ZREM', LEDGER, id)
  else
    local owner = redis.call('TYPE', entry(id)).ok == 'hash' and get(id, 'owner') or ''
    if owner == '' or owner == process or now - tonumber(due[place + 1]) > tonumber(first) then
      look(id, again)
      table.insert(ids, id)
    end
  end
end
return ids
"""

# run id, process, lease → 1, or 0: it is closed, or another process delivers it. Also renews.
LEASE = """
local id, process, lease = unpack(ARGV)
if not is_open(id) then return 0 end
if get(id, 'lease') ~= process and tonumber(get(id, 'leased_until')) and tonumber(get(id, 'leased_until')) > now then
  return 0
end
redis.call('HSET', entry(id), 'lease', process, 'leased_until', now + lease)
look(id, lease)
return 1
"""

# run id, process, longest wait, failed (1) or only interrupted (0) → seconds until the next try
POSTPONE = """
local id, process, longest, failed = unpack(ARGV)
if get(id, 'lease') ~= process then return '0' end
redis.call('HDEL', entry(id), 'lease', 'leased_until')
local attempts = redis.call('HINCRBY', entry(id), 'attempts', failed)
local wait = failed == '1' and math.min(tonumber(longest), 2 ^ math.min(attempts - 1, 10)) or 0
look(id, wait)
return tostring(wait)
"""

# run id → seconds since its delivery first failed in a way that nobody foresaw, as text
BROKEN = """
local id = ARGV[1]
if redis.call('EXISTS', entry(id)) == 0 then return '0' end
redis.call('HSETNX', entry(id), 'broken', now)
return tostring(now - tonumber(get(id, 'broken')))
"""

# run id, tries allowed, patience, alive → number of the new job, or 0: answered, or begun by a worker meanwhile,
# or -1: it had its tries
PUT_BACK = """
local id, tries, patience, alive = unpack(ARGV)
local state = get(id, 'state')
if not is_open(id) or state == 'answered' or state == 'closed' then return 0 end
if state == 'running' and now - tonumber(get(id, 'touched')) < tonumber(alive) then return 0 end
if tonumber(get(id, 'tries')) >= tonumber(tries) then return -1 end
redis.call('HSET', entry(id), 'state', 'queued', 'worker', '', 'holder', '')
look(id, patience)
return redis.call('HINCRBY', entry(id), 'jobs', 1)
"""

# run id, patience, has workers → seconds for which its cluster has had no worker, as text
WAIT = """
local id, patience, has_workers = unpack(ARGV)
look(id, patience)
if has_workers == '1' then redis.call('HDEL', entry(id), 'stranded') return '0' end
redis.call('HSETNX', entry(id), 'stranded', now)
return tostring(now - tonumber(get(id, 'stranded')))
"""

# run id → 1, or 0: it is there after all. A run is written together with its entry, so one of them alone is a rest.
DROP = """
local id = ARGV[1]
if redis.call('EXISTS', PREFIX .. 'run:' .. id) == 1 and redis.call('EXISTS', entry(id)) == 1 then return 0 end
redis.call('ZREM', LEDGER, id)
return 1
"""

# run id → 1, or 0: it was closed before
CLOSE = """
local id = ARGV[1]
if redis.call('EXISTS', entry(id)) == 1 then redis.call('HSET', entry(id), 'state', 'closed') end
return redis.call('ZREM', LEDGER, id)
"""

# run id, attempt → 1: closed, since no other attempt to accept it stands, and nobody else waits for it
WITHDRAW = """
local id, attempt = unpack(ARGV)
redis.call('HDEL', entry(id), 'by:' .. attempt)
for _, field in ipairs(redis.call('HKEYS', entry(id))) do
  if string.sub(field, 1, 3) == 'by:' then return 0 end
end
if redis.call('LLEN', PREFIX .. 'waiting:' .. id) > 0 or not is_open(id) then return 0 end
redis.call('HSET', entry(id), 'state', 'closed', 'withdrawn', 1)
return redis.call('ZREM', LEDGER, id)
"""

# run id → fields of its entry, and its age in seconds as text
ENTRY = """
local id = ARGV[1]
local opened = tonumber(get(id, 'opened'))
return {redis.call('HGETALL', entry(id)), tostring(opened and now - opened or 0)}
"""

# run ids → the state of each; empty: there is no such place
STATES = """
local states = {}
for place, id in ipairs(ARGV) do
  states[place] = redis.call('TYPE', entry(id)).ok == 'hash' and get(id, 'state') or ''
end
return states
"""


def whole(body: str) -> str:
    """Return a script with what all of them share in front."""
    return _PRELUDE + body
