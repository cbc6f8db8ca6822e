import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { auditEntrySchema } from '../audit/audit-file.ts';
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { ConsoleContext } from './context.ts';

const topic = 'console-audit';
const defaultLimit = 200;
const maxLimit = 500;
const entries = Type.Array(auditEntrySchema);

const query = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: maxLimit, default: defaultLimit })) },
  { additionalProperties: false },
);

/** `/console/api/audit`: the changes made through any coordinator that answers, the newest first. */
export function addAuditRoutes(server: HanokServer, { source, gate, audit }: ConsoleContext): void {
  source.answer(topic, async (payload) => JSON.stringify(audit.list(Math.min(maxLimit, Number(payload)))));

  server.get(
    '/console/api/audit',
    { preHandler: gate.requiring('viewer'), schema: { hide: true, querystring: query } },
    async (request, reply) => {
      const { limit = defaultLimit } = request.query;
      const { nodeId } = source.cluster();
      const others = source
        .coordinators()
        .filter((each) => each.id !== nodeId && (each.state === 'alive' || each.state === 'suspect'));
      const missing: string[] = [];
      const theirs = await Promise.all(
        others.map(async (each) => {
          try {
            return parse(await source.ask(each.id, topic, String(limit)));
          } catch {
            missing.push(each.id);
            return [];
          }
        }),
      );
      const items = [...audit.list(limit), ...theirs.flat()]
        .toSorted((a, b) => (a.at < b.at ? 1 : -1))
        .slice(0, limit);
      return reply.header('cache-control', 'no-store').send({ items, missing, nextCursor: null });
    },
  );
}

function parse(text: string): AuditEntry[] {
  const found: unknown = JSON.parse(text);
  return Value.Check(entries, found) ? found : [];
}
