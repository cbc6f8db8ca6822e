import { ApiError, type HanokClient } from '@hanok/client';
import type { Game, Gamer } from './game.ts';
import { BONUS, type PlayerPlan } from './game-plan.ts';

/** These first players log in by password, the others by device: hashing passwords is slow on purpose. */
const PASSWORD_PLAYERS = 4;

/** Every so many-th player is away for longer than its session lasts. */
const AWAY_EVERY = 3;
/** What the token of such a session is worth then. */
const ENDED_TOKEN = 'hps_1.ended-long-ago';

/** Registers every player and logs it in; sessions refresh themselves. */
export async function registerAndLogIn(game: Game): Promise<void> {
  const { anyone, plan, runName } = game.settings;
  await game.phase('register and log in', plan.players, async (player) => {
    const username = `demo-${runName}-${player.index}`;
    const byPassword = player.index < PASSWORD_PLAYERS;
    const password = `password of ${username}`;
    const deviceId = `device-of-${username}`;
    const email = `${username}@demo.example`;
    const created = await game.call('register', () =>
      anyone.players.create({ username, email, ...(byPassword ? { password } : { deviceId }) }),
    );
    const session = await game.call(byPassword ? 'log in by password' : 'log in by device', () =>
      anyone.sessions.create({ ...(byPassword ? { username, password } : { deviceId }), remember: true }),
    );
    const self = anyone.resume(session);
    game.gamers[player.index] = { plan: player, id: created.id, username, session, self };
  });
}

/**
 * Lets some players come back whose sessions have ended: the first call of each is refused, refreshes the session
 * and is sent again, all by the client itself. Tells what did not go so.
 */
export async function comeBack(game: Game): Promise<string[]> {
  const differences: string[] = [];
  const away = game.gamers.filter(({ plan }) => plan.index % AWAY_EVERY === 0);
  await game.phase('come back', away, async (gamer) => {
    const { id, plan, session, username } = gamer;
    let renewals = 0;
    const self = game.settings.anyone.resume({ ...session, token: ENDED_TOKEN }, () => {
      renewals += 1;
    });
    const player = await game.call('come back', () => self.players.get(id));
    if (player.id !== id || renewals !== 1) differences.push(`${username} was renewed ${renewals} times`);
    game.gamers[plan.index] = { ...gamer, self };
    const before = game.settings.anyone.withToken(session.token);
    if (await isStillValid(game, before)) differences.push(`the session before of ${username} still works`);
  });
  return differences;
}

/** Whether the session of a client is one. */
function isStillValid(game: Game, client: HanokClient): Promise<boolean> {
  return game.call('use an ended session', () =>
    client.sessions.current().then(
      () => true,
      (error: unknown) => {
        if (error instanceof ApiError && error.status === 401) return false;
        throw error;
      },
    ),
  );
}

/** Raises every player to its level, as the game's server would. */
export async function levelUp(game: Game): Promise<void> {
  await game.phase('level up', game.gamers, async ({ id, plan }) => {
    if (plan.level === 1) return;
    await game.call('level up', () =>
      game.settings.server.players.update(id, { level: plan.level, experience: plan.level * 1_000 }),
    );
  });
}

/** What the bonus for experienced players did. */
export interface BonusOutcome {
  /** Entry of the game log. */
  readonly gameLogId: string | null;
  readonly players: number;
  /** Whether sending it again under the same key gave the same answer instead of more gold. */
  readonly repeatedSafely: boolean;
  /** Whether the dry run had announced as many players. */
  readonly announcedRightly: boolean;
}

/** Gives gold to everybody of level 5 or more, and sends the same again as a client that lost the answer would. */
export async function giveBonus(game: Game): Promise<BonusOutcome> {
  const { server, runName } = game.settings;
  const reward = {
    minLevel: BONUS.minLevel,
    gold: BONUS.gold,
    reason: 'GOLD_BONUS',
    reference: runName,
    description: `Bonus of the demo ${runName}`,
  };
  const options = { idempotencyKey: `bonus-${runName}` };
  const announced = await game.call('bonus, dry run', () => server.rewards.preview(reward));
  const given = await game.call('bonus', () => server.rewards.give(reward, options));
  const again = await game.call('bonus', () => server.rewards.give(reward, options));
  for (const { plan } of game.gamers) {
    if (plan.level >= BONUS.minLevel) game.books.book(plan.index, BONUS.gold);
  }
  return {
    gameLogId: given.gameLogId,
    players: given.players,
    repeatedSafely: again.transactionId === given.transactionId,
    announcedRightly: announced.players === given.players,
  };
}

/** Buys what the plan says; what a player cannot pay has to be refused. Tells how many refusals were missing. */
export async function shop(game: Game): Promise<number> {
  let missingRefusals = 0;
  await game.phase('shop', game.gamers, async (gamer) => {
    for (const price of gamer.plan.prices) {
      if (price <= game.books.goldOf(gamer.plan.index)) await buy(game, gamer, price);
      else if (!(await isRefused(game, gamer, price))) missingRefusals += 1;
    }
  });
  return missingRefusals;
}

async function buy(game: Game, { id, plan }: Gamer, price: number): Promise<void> {
  const purchase = { amount: -price, reason: 'SHOP', reference: game.settings.runName };
  await game.call('buy', () => game.settings.server.gold.adjust(id, purchase));
  game.books.book(plan.index, -price);
}

async function isRefused(game: Game, { id }: Gamer, price: number): Promise<boolean> {
  return game.call('buy without gold', () =>
    game.settings.server.gold.adjust(id, { amount: -price, reason: 'SHOP' }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof ApiError && error.code === 'insufficient_funds') return true;
        throw error;
      },
    ),
  );
}

/** Moves gold between players. Nobody gives more than it has, whatever order the gifts come in. */
export async function exchangeGifts(game: Game): Promise<void> {
  const planned = game.gamers.flatMap((from) => plannedGift(game, from.plan) ?? []);
  await game.phase('gifts', planned, async ({ fromIndex, toIndex, amount }) => {
    const [from, to] = [game.gamers[fromIndex], game.gamers[toIndex]];
    if (from === undefined || to === undefined) throw new Error('a gift names a player that does not play');
    await game.call('transfer', () =>
      game.settings.server.gold.transfer({
        fromPlayerId: from.id,
        toPlayerId: to.id,
        amount,
        reason: 'GIFT',
        reference: game.settings.runName,
      }),
    );
    game.books.book(fromIndex, -amount);
    game.books.book(toIndex, amount);
  });
}

function plannedGift(game: Game, { index, gift }: PlayerPlan) {
  if (gift === undefined) return undefined;
  const amount = Math.min(gift.amount, game.books.goldOf(index));
  return amount === 0 ? undefined : { fromIndex: index, toIndex: gift.toIndex, amount };
}

/** Logs every other player out; tells how many tokens still worked afterwards. */
export async function logOut(game: Game): Promise<number> {
  let stillValid = 0;
  const leaving = game.gamers.filter(({ plan }) => plan.index % 2 === 0);
  await game.phase('log out', leaving, async ({ self }) => {
    await game.call('log out', () => self.sessions.end());
    if (await isStillValid(game, self)) stillValid += 1;
  });
  return stillValid;
}
