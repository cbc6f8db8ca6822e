import { problemSchema } from '@hanok/service-kit';
import type { Static, TSchema } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { auditSchema, bookedSchema, ledgerPageSchema } from '../../src/ledger/ledger-schemas.ts';
import { playerPageSchema, playerSchema } from '../../src/players/player-schemas.ts';
import {
  gameLogPageSchema,
  rewardPageSchema,
  rewardResultSchema,
  rewardSchema,
} from '../../src/rewards/reward-schemas.ts';
import { newSessionSchema, sessionSchema } from '../../src/sessions/session-schemas.ts';
import type { Reply } from './test-app.ts';

/** The body of a reply, which must be what the API document says. */
export function bodyOf<S extends TSchema>(schema: S, reply: Reply): Static<S> {
  const { body } = reply;
  if (!Check(schema, body)) {
    const errors = JSON.stringify(Errors(schema, body).slice(0, 3));
    throw new Error(`status ${reply.status}, body ${JSON.stringify(body)} breaks its schema: ${errors}`);
  }
  return body;
}

export const playerOf = (reply: Reply) => bodyOf(playerSchema, reply);
export const playersOf = (reply: Reply) => bodyOf(playerPageSchema, reply);
export const sessionOf = (reply: Reply) => bodyOf(newSessionSchema, reply);
export const currentSessionOf = (reply: Reply) => bodyOf(sessionSchema, reply);
export const bookedOf = (reply: Reply) => bodyOf(bookedSchema, reply);
export const ledgerOf = (reply: Reply) => bodyOf(ledgerPageSchema, reply);
export const auditOf = (reply: Reply) => bodyOf(auditSchema, reply);
export const rewardOf = (reply: Reply) => bodyOf(rewardResultSchema, reply);
export const rewardStateOf = (reply: Reply) => bodyOf(rewardSchema, reply);
export const rewardsOf = (reply: Reply) => bodyOf(rewardPageSchema, reply);
export const gameLogOf = (reply: Reply) => bodyOf(gameLogPageSchema, reply);
export const problemOf = (reply: Reply) => bodyOf(problemSchema, reply);
