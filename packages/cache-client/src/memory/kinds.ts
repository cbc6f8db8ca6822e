import { messageLogKind } from '../chat/chat-operations.ts';
import { mutesKind } from '../chat/mute-operations.ts';
import { windowsKind } from '../counters/count-operations.ts';
import { boardKind } from '../leaderboards/board.ts';
import { readingsKind } from '../gauges/gauge-operations.ts';
import { listKind } from '../lists/list-operations.ts';
import { holderTableKind } from '../near/holder-table.ts';
import { schedulesKind } from '../seasons/season-operations.ts';
import { sessionsKind } from '../sessions/session-operations.ts';
import { stringKind } from '../strings/string-operations.ts';
import { topListKind } from '../top-lists/top-list-operations.ts';
import { uniquesKind } from '../uniques/unique-operations.ts';
import type { Kind } from './keyspace.ts';

/** Every kind of value a key can hold, by name. */
export const kindsByName: ReadonlyMap<string, Kind<unknown>> = new Map(
  [
    stringKind,
    listKind,
    sessionsKind,
    boardKind,
    messageLogKind,
    windowsKind,
    holderTableKind,
    readingsKind,
    topListKind,
    uniquesKind,
    mutesKind,
    schedulesKind,
  ].map((kind) => [kind.name, kind as Kind<unknown>]),
);
