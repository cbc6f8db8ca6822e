import type { EndpointRules } from './endpoints.ts';
import type { EventLog } from './event-log.ts';

/** What the routes of webhooks work with, beside what all routes do. */
export interface WebhookContext {
  readonly events: EventLog;
  readonly rules: EndpointRules;
  /** There may be something to deliver. */
  readonly wake: () => void;
}
