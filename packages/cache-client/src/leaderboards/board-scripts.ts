/**
 * A board in Redis: a sorted set whose members are `sequence:score:playerId` (KEYS[1]), a hash from player id to
 * `sequence:score` (KEYS[2]) and a hash with the definition and the last sequence (KEYS[3]). Redis orders equal
 * scores by their members' bytes, so a sequence of fixed width makes who came first come first. What the set is
 * ordered by is negated on descending boards, so that better is always smaller. The member has the score in it
 * because Redis takes longer to write out a number than to find the row it belongs to.
 */
const definitionLua = `
local definition = redis.call('HMGET', KEYS[3], 'order', 'operator')
local order, operator = definition[1] or 'descending', definition[2] or 'best'
`;

/** What players hold: in a `sequence:score` the score is behind 14 digits and a colon. */
const placesLua = `
local function placeOf(id) return redis.call('HGET', KEYS[2], id) end
local function memberOf(id, place) return place .. ':' .. id end
local function scoreIn(place) return string.sub(place, 16) end
`;

/** ARGV: player id and score by turns. Answers [changed, score, rank, …]. All or none. */
export const submitLua = `${definitionLua}${placesLua}
local function oriented(score) return order == 'descending' and -score or score end
local function plain(number) return string.format('%.0f', number + 0) end
local scores, planned = {}, {}
for i = 1, #ARGV, 2 do
  local id, score = ARGV[i], tonumber(ARGV[i + 1])
  local held = scores[id]
  if not held then
    local place = placeOf(id)
    if place then held = tonumber(scoreIn(place)) end
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
    local id, score = plan[1], plan[2]
    local place = placeOf(id)
    if place then redis.call('ZREM', KEYS[1], memberOf(id, place)) end
    place = string.format('%014.0f:%s', redis.call('HINCRBY', KEYS[3], 'sequence', 1), plain(score))
    redis.call('HSET', KEYS[2], id, place)
    redis.call('ZADD', KEYS[1], plain(oriented(score)), memberOf(id, place))
  end
end
local answer = {}
for _, plan in ipairs(planned) do
  local id = plan[1]
  answer[#answer + 1] = plan[3] and 1 or 0
  answer[#answer + 1] = plain(scores[id])
  answer[#answer + 1] = redis.call('ZRANK', KEYS[1], memberOf(id, placeOf(id)))
end
return answer`;

/**
 * Defines `rows(first, last)`: total, offset, and the members in one text, in which spaces keep them apart. One text
 * costs the server and the caller less than a list of as many replies, and turning it into ids and scores is left to
 * the caller, whose time is cheaper than that of a server all wait for.
 */
const rowsLua = `
local function rows(first, last)
  local members = redis.call('ZRANGE', KEYS[1], first, last)
  return { redis.call('ZCARD', KEYS[1]), first, table.concat(members, ' ') }
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
export const aroundLua = `${placesLua}${rowsLua}
local place = placeOf(ARGV[1])
local rank = place and redis.call('ZRANK', KEYS[1], memberOf(ARGV[1], place))
if not rank then return nil end
return rows(math.max(0, rank - ARGV[2]), rank + ARGV[3])`;

/** ARGV: player ids. Answers [total, id, score, rank, …] for those with a score. */
export const amongLua = `${placesLua}
local answer = { redis.call('ZCARD', KEYS[1]) }
for _, id in ipairs(ARGV) do
  local place = placeOf(id)
  local rank = place and redis.call('ZRANK', KEYS[1], memberOf(id, place))
  if rank then
    answer[#answer + 1] = id
    answer[#answer + 1] = scoreIn(place)
    answer[#answer + 1] = rank
  end
end
return answer`;

/** ARGV: player id. Answers 1 when there was a score. */
export const removeLua = `${placesLua}
local place = placeOf(ARGV[1])
if not place then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], memberOf(ARGV[1], place))`;

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
