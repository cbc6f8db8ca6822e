import { Unsupported } from './errors.ts';

const CONTROL =
  /^\s*(?:begin|start|commit|end|rollback|abort|savepoint|release|attach|detach|pragma|vacuum|reindex|set|reset|listen|copy|lock|prepare|execute|deallocate|discard)\b/i;

/** Refuses statements that would change the transaction or the connection behind the back of this package. */
export function requirePlainStatement(sql: string): void {
  const control = CONTROL.exec(sql);
  if (control !== null)
    throw new Unsupported(`sql: ${control[0].trim()} is not for callers; use transaction()`);
}
