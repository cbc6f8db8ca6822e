import { systemClock, type Clock, type HanokServer, type Logger } from '@hanok/service-kit';
import { addActionRoutes } from './api/action-routes.ts';
import { addAuditRoutes } from './api/audit-routes.ts';
import type { ConsoleContext } from './api/context.ts';
import { addReadRoutes } from './api/read-routes.ts';
import { addSessionRoutes } from './api/session-routes.ts';
import { addStreamRoutes } from './api/stream-routes.ts';
import { addPageRoutes } from './assets/page-routes.ts';
import { securityHeaders } from './assets/security-headers.ts';
import { AuditLog } from './audit/audit-log.ts';
import { Gate } from './auth/gate.ts';
import { SessionCookies } from './auth/session-cookies.ts';
import { SignInLimit } from './auth/sign-in-limit.ts';
import type { ClusterSource } from './cluster-source.ts';
import { ServiceClients } from './live/service-clients.ts';

export interface ConsoleOptions {
  /** What the serving coordinator knows. */
  readonly source: ClusterSource;
  /** Gives the role operator, and is shown to the other services. */
  readonly adminToken?: string | undefined;
  /** Gives the role viewer. Default: there are no viewers. */
  readonly viewerToken?: string | undefined;
  /** Folder of the audit log; null keeps it in memory alone. */
  readonly auditFolder: string | null;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * Serves the console at `/console`: the page, its sign-in, what it shows live, and what it changes. Nothing is
 * gathered while nobody looks.
 */
export async function addConsole(server: HanokServer, options: ConsoleOptions): Promise<void> {
  const { source, adminToken, viewerToken, auditFolder, logger, clock = systemClock } = options;
  const tokens = { adminToken, viewerToken };
  const cookies = new SessionCookies(tokens, clock);
  const context: ConsoleContext = {
    source,
    tokens,
    cookies,
    gate: new Gate(tokens, cookies),
    limit: new SignInLimit(clock),
    audit: await AuditLog.open(auditFolder, { coordinator: source.cluster().nodeId, clock, logger }),
    clients: new ServiceClients(adminToken),
    clock,
    logger,
  };
  await server.register((scope) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      void reply.headers(securityHeaders);
      done();
    });
    addSessionRoutes(scope, context);
    addStreamRoutes(scope, context);
    addReadRoutes(scope, context);
    addActionRoutes(scope, context);
    addAuditRoutes(scope, context);
    addPageRoutes(scope);
    return Promise.resolve();
  });
}
