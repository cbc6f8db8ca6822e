import type { Clock, Logger } from '@hanok/service-kit';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Gate } from '../auth/gate.ts';
import type { SessionCookies } from '../auth/session-cookies.ts';
import type { SignInLimit } from '../auth/sign-in-limit.ts';
import type { ConsoleTokens } from '../auth/tokens.ts';
import type { ClusterSource } from '../cluster-source.ts';
import type { ServiceClients } from '../live/service-clients.ts';

/** What the routes work with. */
export interface ConsoleContext {
  readonly source: ClusterSource;
  readonly tokens: ConsoleTokens;
  readonly cookies: SessionCookies;
  readonly gate: Gate;
  readonly limit: SignInLimit;
  readonly audit: AuditLog;
  readonly clients: ServiceClients;
  readonly clock: Clock;
  readonly logger: Logger;
}
