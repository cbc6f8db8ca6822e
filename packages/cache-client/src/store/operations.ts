import { boardOperations } from '../leaderboards/board-operations.ts';
import { chatOperations } from '../chat/chat-operations.ts';
import { muteOperations } from '../chat/mute-operations.ts';
import { countOperations } from '../counters/count-operations.ts';
import { incrementOperation } from '../counters/increment-operation.ts';
import { fillOperations } from '../fills/fill-operations.ts';
import { gaugeOperations } from '../gauges/gauge-operations.ts';
import { listOperations } from '../lists/list-operations.ts';
import { nearOperations } from '../near/near-operations.ts';
import { prizeOperations } from '../prizes/prize-operations.ts';
import { seasonOperations } from '../seasons/season-operations.ts';
import { sessionOperations } from '../sessions/session-operations.ts';
import { stringOperations } from '../strings/string-operations.ts';
import { topListOperations } from '../top-lists/top-list-operations.ts';
import { uniqueOperations } from '../uniques/unique-operations.ts';
import type { AnyOperation } from './operation.ts';
import { signalOperation } from './signal-operation.ts';

/** Every operation there is, by name: what cache-service accepts from other services. */
export const operationsByName: ReadonlyMap<string, AnyOperation> = new Map(
  [
    ...stringOperations,
    ...listOperations,
    incrementOperation,
    ...countOperations,
    ...fillOperations,
    ...nearOperations,
    ...sessionOperations,
    ...boardOperations,
    ...seasonOperations,
    ...prizeOperations,
    ...chatOperations,
    ...muteOperations,
    ...uniqueOperations,
    ...topListOperations,
    ...gaugeOperations,
    signalOperation,
  ].map((operation) => [operation.name, operation]),
);
