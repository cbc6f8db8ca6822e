import { checkBoard, checkChannel, checkCounter, checkGold, checkNone, type Check } from './checks.ts';
import type { Game } from './game.ts';
import { readPages } from './pages.ts';
import { chat, playRounds, readChannel } from './phases-of-play.ts';
import {
  comeBack,
  exchangeGifts,
  giveBonus,
  levelUp,
  logOut,
  registerAndLogIn,
  shop,
  type BonusOutcome,
} from './phases-of-players.ts';

/** Plays the whole game and compares what the stack holds with what the game knows. */
export async function play(game: Game): Promise<Check[]> {
  await registerAndLogIn(game);
  const notRenewed = await comeBack(game);
  await levelUp(game);
  await playRounds(game);
  const bonus = await giveBonus(game);
  const missingRefusals = await shop(game);
  await exchangeGifts(game);
  await chat(game);
  const staleReads = await readProfiles(game);
  const stillValid = await logOut(game);
  return [
    await compareGold(game),
    await compareAudit(game),
    checkNone(
      'nobody spent more than it had',
      times(missingRefusals, 'a purchase was not refused'),
      'refused as it should be',
    ),
    checkNone('players read their own writes', staleReads, `${game.gamers.length} profiles`),
    await compareBonus(game, bonus),
    await compareBoard(game),
    await compareChat(game),
    checkCounter(
      await game.call('read counter', () => game.settings.server.counters.get(game.nameOf('rounds'))),
      game.books,
    ),
    checkNone('sessions renew themselves once', notRenewed, 'and the ones before them ended'),
    checkNone('ended sessions are worth nothing', times(stillValid, 'a token still worked'), 'none worked'),
  ];
}

/** Every player reads itself, through the cache; what it reads must not be older than what was booked. */
async function readProfiles(game: Game): Promise<string[]> {
  const stale: string[] = [];
  await game.phase('read profiles', game.gamers, async ({ id, plan, self, username }) => {
    const profile = await game.call('read player', () => self.players.get(id));
    const gold = game.books.goldOf(plan.index);
    if (profile.gold !== gold) stale.push(`${username} read ${profile.gold} gold, booked ${gold}`);
  });
  return stale;
}

async function compareGold(game: Game): Promise<Check> {
  const { server, runName } = game.settings;
  const query = { usernamePrefix: `demo-${runName}-`, limit: 500 };
  const pages = await readPages((cursor) =>
    game.call('list players', () => server.players.list(cursor === undefined ? query : { ...query, cursor })),
  );
  return checkGold(game.gamers, pages.flat(), game.books);
}

async function compareAudit(game: Game): Promise<Check> {
  const audit = await game.call('audit', () => game.settings.server.gold.audit());
  return {
    name: 'the ledger balances',
    holds: audit.balanced,
    detail: `${audit.entries} entries of ${audit.players} players, ${audit.goldInBalances} gold in all`,
  };
}

async function compareBonus(game: Game, bonus: BonusOutcome): Promise<Check> {
  const { items } = await game.call('read game log', () =>
    game.settings.server.gameLog.list({ event: 'GOLD_BONUS', limit: 500 }),
  );
  const logged = items.find((entry) => entry.id === bonus.gameLogId);
  const differences = [
    ...(logged === undefined ? ['the game log has no such event'] : []),
    ...(logged !== undefined && logged.description?.includes(game.settings.runName) !== true
      ? ['its text is another']
      : []),
    ...(bonus.repeatedSafely ? [] : ['repeating it paid again']),
    ...(bonus.announcedRightly ? [] : ['the dry run announced another number of players']),
  ];
  return checkNone('bonus paid once and logged', differences, `${bonus.players} players of level 5 or more`);
}

async function compareBoard(game: Game): Promise<Check> {
  const { server } = game.settings;
  const query = { limit: 500 };
  const pages = await readPages((cursor) =>
    game.call('read board', () =>
      server.leaderboards.page(game.nameOf('board'), cursor === undefined ? query : { ...query, cursor }),
    ),
  );
  return checkBoard(game.gamers, pages.flat(), game.books);
}

async function compareChat(game: Game): Promise<Check> {
  const { channels } = game.settings.plan;
  const differences: string[] = [];
  for (const [channel, lines] of channels) {
    const messages = await readChannel(game, game.nameOf(channel));
    differences.push(...checkChannel(channel, lines, messages, game.gamers));
  }
  return checkNone('chat order kept', differences, `the last 100 messages of ${channels.size} channels`);
}

function times(count: number, what: string): string[] {
  return Array.from({ length: count }, () => what);
}
