/** A change that was asked for through the console. */
export interface AuditEntry {
  /** Counts up by one, over restarts too. */
  readonly number: number;
  /** ISO 8601, UTC, by the coordinator's clock. */
  readonly at: string;
  /** The coordinator that was asked. */
  readonly coordinator: string;
  readonly who: { readonly name: string; readonly role: string; readonly address: string };
  /** Such as `balancer.strategy`. */
  readonly action: string;
  /** What was to be changed. */
  readonly target: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly outcome: 'done' | 'failed';
  /** Why it failed; may be empty. */
  readonly detail: string;
}

export type NewAuditEntry = Omit<AuditEntry, 'number' | 'at' | 'coordinator'>;
