import { JsonLinesFile } from '@hanok/service-kit';
import { Type } from 'typebox';
import { voterChangeKinds } from './voter-changes.ts';

/** Two files of this size are the most there is. */
const maxFileBytes = 512 * 1024;

const common = { number: Type.Integer(), at: Type.String() };
const nullableText = Type.Union([Type.String(), Type.Null()]);

export const loggedEventSchema = Type.Union([
  Type.Object({ ...common, type: Type.Union([Type.Literal('started'), Type.Literal('stopped')]) }),
  Type.Object({ ...common, type: Type.Literal('leader'), leaderId: nullableText, term: Type.Integer() }),
  Type.Object({
    ...common,
    type: Type.Literal('member'),
    change: Type.String(),
    id: Type.String(),
    host: Type.String(),
    port: Type.Integer(),
  }),
  Type.Object({
    ...common,
    type: Type.Literal('voters'),
    index: Type.Integer({ description: 'Place in the replicated log: 0 for the list a cluster begins with' }),
    changes: Type.Array(Type.Object({ id: Type.String(), change: Type.Enum([...voterChangeKinds]) }), {
      description: 'Against the event voters before; none in the first one',
    }),
    members: Type.Array(
      Type.Object({
        id: Type.String(),
        host: Type.String(),
        port: Type.Integer(),
        storageId: nullableText,
        voting: Type.Boolean({ description: 'False for a learner' }),
      }),
    ),
  }),
]);

export type EventLogFile = JsonLinesFile<typeof loggedEventSchema>;

/** The log of events on the disk. @throws the system's error. */
export function openEventLogFile(folder: string) {
  return JsonLinesFile.open({ folder, name: 'events', schema: loggedEventSchema, maxFileBytes });
}
