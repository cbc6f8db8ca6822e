import { ConnectionError, HanokError, TimeoutError, type ChatMessage } from '@hanok/client';
import type { Game, Gamer } from './game.ts';
import { readPages } from './pages.ts';
import { goldForScore, type ChatLine } from './game-plan.ts';

/** Every player plays its rounds: a score for the board, gold for the score, one more for the counter. */
export async function playRounds(game: Game): Promise<void> {
  await game.phase('play rounds', game.gamers, async (gamer) => {
    for (const score of gamer.plan.scores) {
      await submitScore(game, gamer, score);
      await earn(game, gamer, goldForScore(score));
      await countRound(game);
    }
  });
}

async function submitScore(game: Game, { plan, self }: Gamer, score: number): Promise<void> {
  const sentAtMs = game.settings.monotonicMs();
  // The board keeps the best score, so sending one twice does no harm.
  await game.call('submit score', () =>
    self.leaderboards.submit(game.nameOf('board'), { score }, { repeatable: true }),
  );
  game.books.noteScore(plan.index, { score, sentAtMs, answeredAtMs: game.settings.monotonicMs() });
}

async function earn(game: Game, { id, plan }: Gamer, amount: number): Promise<void> {
  if (amount === 0) return;
  const earned = { amount, reason: 'ROUND', reference: game.settings.runName };
  await game.call('earn gold', () => game.settings.server.gold.adjust(id, earned));
  game.books.book(plan.index, amount);
}

async function countRound(game: Game): Promise<void> {
  const counted = await game.call('count', async () => {
    try {
      await game.settings.server.counters.add(game.nameOf('rounds'));
      return true;
    } catch (error) {
      if (error instanceof HanokError && error.retryable) return false;
      throw error;
    }
  });
  if (counted) game.books.roundsCounted += 1;
  else game.books.roundsInDoubt += 1;
}

/** Every channel's lines are said one after the other, all channels at the same time. */
export async function chat(game: Game): Promise<void> {
  await game.phase('chat', [...game.settings.plan.channels], async ([channel, lines]) => {
    for (const line of lines) await say(game, game.nameOf(channel), line);
  });
}

const TRIES = 10;
/** After a broken connection: long enough for a message already on its way to arrive. */
const DOUBT_MS = 300;

/** Says a line exactly once: when the answer was lost, the channel itself tells whether it arrived. */
async function say(game: Game, channel: string, line: ChatLine): Promise<void> {
  const speaker = game.gamers[line.speakerIndex];
  if (speaker === undefined) throw new Error('a line of chat names a player that does not play');
  for (let attempt = 1; ; attempt++) {
    const said = await game.call('chat', async () => {
      try {
        await speaker.self.chat.publish(channel, { text: line.text });
        return true;
      } catch (error) {
        const inDoubt = error instanceof ConnectionError || error instanceof TimeoutError;
        const refusedForNow = error instanceof HanokError && error.retryable;
        if (attempt === TRIES || !(inDoubt || refusedForNow)) throw error;
        return false;
      }
    });
    if (said) return;
    await game.settings.pause(DOUBT_MS);
    const { items } = await game.call('read chat', () => speaker.self.chat.read(channel, { limit: 10 }));
    if (items.some((message) => message.playerId === speaker.id && message.text === line.text)) return;
  }
}

/** Everything a channel still holds, oldest first. */
export async function readChannel(game: Game, channel: string): Promise<readonly ChatMessage[]> {
  const pages = await readPages((before) =>
    game.call('read chat', () =>
      game.settings.server.chat.read(channel, before === undefined ? {} : { before }),
    ),
  );
  return pages.toReversed().flat();
}
