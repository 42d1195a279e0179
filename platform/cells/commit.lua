--[[
The one atomic commit: a batch of units, each with checks and writes. The only Lua here.

Each unit stands for itself: its writes happen if all its checks hold, or not at all; later units see
earlier ones. platform/cells/encoding.ts writes what this reads, platform/cells/memory.ts does the
same in TypeScript.

KEYS     every key that the batch touches, once; all in one slot.
ARGV[1]  the programme: steps without separators, a full stop after each unit. In a step, `kk` is the
         place of a key in KEYS and `nn` a count, both as two characters:
         64 * (first - 32) + (second - 32).
ARGV[2…] the texts that the steps take, in order.

  step   texts                   what
  A kk   field                   check: the field does not exist
  C kk   field expected          check: the field holds exactly that
  S kk   field value             HSET
  R kk   field                   HDEL
  I kk   field by                HINCRBY
  D kk                           DEL
  E kk   seconds                 EXPIRE
  X kk nn      field value …     XADD *, nn texts
  T kk nn most field value …     XADD MAXLEN ~ most *, nn texts

Reply: for each unit an array: the ids of its entries (texts), or the place of the check that failed
from 0 (a number) and what was found (null when there is no such field).

When memory is exhausted, Redis refuses the first step that could grow it, and only as long as this
script has written nothing: so the call fails as a whole and nothing of it has happened. This holds
because there is no shebang line. A step on a key of another kind, or HINCRBY on a text, is a bug of
the caller and leaves the batch half done.
]]
local call, byte, keys, texts = redis.call, string.byte, KEYS, ARGV
local programme = texts[1]
local at, text = 1, 2
local replies, ids, conflict, checks = {}, {}, false, 0

local function two()
  local high, low = byte(programme, at, at + 1)
  at = at + 2
  return (high - 32) * 64 + low - 32
end

local function take(count)
  text = text + count
  return text - count
end

local function check(key, field, expected)
  if not conflict then
    local found = call('HGET', key, field)
    if found ~= expected then conflict = { checks, found } end
  end
  checks = checks + 1
end

local steps = {
  A = function(key) check(key, texts[take(1)], false) end,
  C = function(key)
    local i = take(2)
    check(key, texts[i], texts[i + 1])
  end,
  S = function(key)
    local i = take(2)
    if not conflict then call('HSET', key, texts[i], texts[i + 1]) end
  end,
  R = function(key)
    local i = take(1)
    if not conflict then call('HDEL', key, texts[i]) end
  end,
  I = function(key)
    local i = take(2)
    if not conflict then call('HINCRBY', key, texts[i], texts[i + 1]) end
  end,
  D = function(key)
    if not conflict then call('DEL', key) end
  end,
  E = function(key)
    local i = take(1)
    if not conflict then call('EXPIRE', key, texts[i]) end
  end,
  X = function(key)
    local count = two()
    local i = take(count)
    if not conflict then ids[#ids + 1] = call('XADD', key, '*', unpack(texts, i, i + count - 1)) end
  end,
  T = function(key)
    local count, i = two(), take(1)
    local most = texts[i]
    i = take(count)
    if not conflict then
      ids[#ids + 1] = call('XADD', key, 'MAXLEN', '~', most, '*', unpack(texts, i, i + count - 1))
    end
  end,
}

while at <= #programme do
  local step = string.sub(programme, at, at)
  at = at + 1
  if step == '.' then
    replies[#replies + 1] = conflict or ids
    ids, conflict, checks = {}, false, 0
  else
    steps[step](keys[two()])
  end
end
return replies
