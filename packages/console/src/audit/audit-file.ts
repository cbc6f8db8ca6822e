import { JsonLinesFile } from '@hanok/service-kit';
import { Type } from 'typebox';

/** Two files of this size are the most there is. */
const maxFileBytes = 4 * 1_024 * 1_024;

export const auditEntrySchema = Type.Object({
  number: Type.Integer(),
  at: Type.String(),
  coordinator: Type.String(),
  who: Type.Object({ name: Type.String(), role: Type.String(), address: Type.String() }),
  action: Type.String(),
  target: Type.String(),
  before: Type.Unknown(),
  after: Type.Unknown(),
  outcome: Type.Union([Type.Literal('done'), Type.Literal('failed')]),
  detail: Type.String(),
});

export type AuditFile = JsonLinesFile<typeof auditEntrySchema>;

/** The audit log on the disk. @throws the system's error. */
export function openAuditFile(folder: string) {
  return JsonLinesFile.open({
    folder,
    name: 'console-audit',
    schema: auditEntrySchema,
    maxFileBytes,
    flush: true,
  });
}
