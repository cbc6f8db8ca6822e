/**
 * A board in Redis: a sorted set whose members are `sequence:playerId` (KEYS[1]), a hash from player id to
 * sequence (KEYS[2]) and a hash with the definition and the last sequence (KEYS[3]). Redis orders equal scores
 * by their members' bytes, so a sequence of fixed width makes who came first come first. On descending boards
 * the scores are stored negated, so that better is always smaller.
 */
const definitionLua = `
local definition = redis.call('HMGET', KEYS[3], 'order', 'operator')
local order, operator = definition[1] or 'descending', definition[2] or 'best'
local sign = 1
if order == 'descending' then sign = -1 end
local function oriented(score) return 0 + sign * score end
local function plain(number) return string.format('%.0f', number + 0) end
local function memberOf(id)
  local sequence = redis.call('HGET', KEYS[2], id)
  return sequence and (sequence .. ':' .. id)
end
`;

/** ARGV: player id and score by turns. Answers [changed, score, rank, …]. All or none. */
export const submitLua = `${definitionLua}
local scores, planned = {}, {}
for i = 1, #ARGV, 2 do
  local id, score = ARGV[i], tonumber(ARGV[i + 1])
  local held = scores[id]
  if not held then
    local member = memberOf(id)
    if member then held = oriented(tonumber(redis.call('ZSCORE', KEYS[1], member))) end
  end
  local value = score
  if held and operator == 'sum' then value = held + score
  elseif held and operator == 'best' then
    if order == 'descending' then value = math.max(held, score) else value = math.min(held, score) end
  end
  if value > 9007199254740991 or value < -9007199254740991 then
    return redis.error_reply('OUTOFRANGE the sum leaves 2^53 - 1')
  end
  scores[id] = value
  planned[#planned + 1] = { id, value, (not held) or value ~= held }
end
for _, plan in ipairs(planned) do
  if plan[3] then
    local id = plan[1]
    local member = memberOf(id)
    if member then redis.call('ZREM', KEYS[1], member) end
    local sequence = string.format('%014.0f', redis.call('HINCRBY', KEYS[3], 'sequence', 1))
    redis.call('HSET', KEYS[2], id, sequence)
    redis.call('ZADD', KEYS[1], plain(oriented(plan[2])), sequence .. ':' .. id)
  end
end
local answer = {}
for _, plan in ipairs(planned) do
  answer[#answer + 1] = plan[3] and 1 or 0
  answer[#answer + 1] = plain(scores[plan[1]])
  answer[#answer + 1] = redis.call('ZRANK', KEYS[1], memberOf(plan[1]))
end
return answer`;

/**
 * Defines `rows(first, last)`: total, offset, order and then member and key by turns, as they are stored, in one line
 * of text. Neither has a space in it. One text costs the server and the caller less than a list of as many replies,
 * and turning it into ids and scores is left to the caller, whose time is cheaper than that of a server all wait for.
 */
const rowsLua = `
local function rows(first, last)
  local head = redis.call('ZCARD', KEYS[1]) .. ' ' .. first .. ' ' ..
    (redis.call('HGET', KEYS[3], 'order') or 'descending')
  local found = redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES')
  if #found == 0 then return head end
  return head .. ' ' .. table.concat(found, ' ')
end
`;

/** ARGV: offset, count. Answers rows. */
export const pageLua = `${rowsLua}
return rows(tonumber(ARGV[1]), ARGV[1] + ARGV[2] - 1)`;

/** ARGV: percentile. Answers at most one row. */
export const percentileLua = `${rowsLua}
local total = redis.call('ZCARD', KEYS[1])
local offset = math.max(0, math.floor((total - 1) * (100 - tonumber(ARGV[1])) / 100 + 1e-9))
return rows(offset, offset)`;

/** ARGV: player id, entries before, entries after. Answers rows, or nil when the player has no score. */
export const aroundLua = `${rowsLua}
local sequence = redis.call('HGET', KEYS[2], ARGV[1])
local rank = sequence and redis.call('ZRANK', KEYS[1], sequence .. ':' .. ARGV[1])
if not rank then return nil end
return rows(math.max(0, rank - tonumber(ARGV[2])), rank + tonumber(ARGV[3]))`;

/** ARGV: player ids. Answers [total, id, score, rank, …] for those with a score. */
export const amongLua = `${definitionLua}
local answer = { redis.call('ZCARD', KEYS[1]) }
for _, id in ipairs(ARGV) do
  local member = memberOf(id)
  local rank = member and redis.call('ZRANK', KEYS[1], member)
  if rank then
    answer[#answer + 1] = id
    answer[#answer + 1] = plain(oriented(tonumber(redis.call('ZSCORE', KEYS[1], member))))
    answer[#answer + 1] = rank
  end
end
return answer`;

/** ARGV: player id. Answers 1 when there was a score. */
export const removeLua = `${definitionLua}
local member = memberOf(ARGV[1])
if not member then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], member)`;

/** ARGV: order, operator. Answers 0 when the board has scores under another definition. */
export const defineLua = `${definitionLua}
if (order ~= ARGV[1] or operator ~= ARGV[2]) and redis.call('ZCARD', KEYS[1]) > 0 then return 0 end
redis.call('HSET', KEYS[3], 'order', ARGV[1], 'operator', ARGV[2])
return 1`;

/** Answers [order, operator, total]. */
export const describeLua = `${definitionLua}
return { order, operator, redis.call('ZCARD', KEYS[1]) }`;

/** Answers 1 when there was a board. The definition stays with the scores: both go. */
export const clearLua = `return redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])`;
