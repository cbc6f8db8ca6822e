import { problems, type HanokServer } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';
import { ANONYMOUS, callerName, identify, type BearerLookup, type Principal } from './principal.ts';
import { RATE_WINDOW_MS, type Limiter, type Verdict } from './rate-limiter.ts';

/** Requests a caller may send in a minute, by kind of caller; 0 is no limit. The admin token has none. */
export interface RateLimits {
  readonly perPlayer: number;
  readonly perKey: number;
  readonly perAddress: number;
}

interface Policy {
  readonly name: string;
  readonly quota: number;
  /** Value of the `ratelimit-policy` header. */
  readonly header: string;
  readonly limiter: Limiter;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Values of the two rate limit headers of its answer; null where no limit applies. */
    quotaLeft: { readonly policy: string; readonly state: string } | null;
  }
}

/** Counts a request for its caller; mostly there is nothing to wait for. @throws Problem 429, or rejects with it. */
export type CountRequest = (request: FastifyRequest, principal: Principal) => void | Promise<void>;

/** Makes the limiter of one kind of callers. */
export type MakeLimiter = (name: string, quota: number) => Limiter;

/**
 * Limits the requests of players, API keys and addresses, and says so in the headers of
 * draft-ietf-httpapi-ratelimit-headers. Costs nothing where a limit is 0.
 */
export function limitRequests(
  server: HanokServer,
  limits: RateLimits,
  makeLimiter: MakeLimiter,
): CountRequest {
  const policyOf = (name: string, quota: number): Policy | undefined => {
    const header = `"${name}";q=${quota};w=${RATE_WINDOW_MS / 1_000}`;
    return quota === 0 ? undefined : { name, quota, header, limiter: makeLimiter(name, quota) };
  };
  const policies = {
    player: policyOf('player', limits.perPlayer),
    server: policyOf('key', limits.perKey),
    anonymous: policyOf('address', limits.perAddress),
  };
  if (Object.values(policies).every((policy) => policy === undefined)) return () => undefined;

  server.decorateRequest('quotaLeft', null);
  server.addHook('onSend', ({ quotaLeft }, reply, _payload, done) => {
    if (quotaLeft !== null) {
      void reply.header('ratelimit-policy', quotaLeft.policy).header('ratelimit', quotaLeft.state);
    }
    done();
  });
  return (request, principal) => {
    const isAdmin = principal.kind === 'server' && principal.keyId === undefined;
    const policy = isAdmin ? undefined : policies[principal.kind];
    if (policy === undefined) return undefined;
    const caller = principal.kind === 'anonymous' ? request.ip : callerName(principal);
    const verdict = policy.limiter.take(caller);
    if (!(verdict instanceof Promise)) {
      enforce(request, policy, verdict);
      return undefined;
    }
    return verdict.then((late) => enforce(request, policy, late));
  };
}

function enforce(request: FastifyRequest, policy: Policy, { allowed, remaining, resetMs }: Verdict): void {
  const resetSeconds = Math.max(1, Math.ceil(resetMs / 1_000));
  request.quotaLeft = { policy: policy.header, state: `"${policy.name}";r=${remaining};t=${resetSeconds}` };
  if (allowed) return;
  throw problems.tooManyRequests({
    detail: `More than ${policy.quota} requests in a minute by one ${policy.name}`,
    retryAfterSeconds: resetSeconds,
  });
}

/**
 * Who sends a request, counted for whom it is; a bearer that belongs to nobody counts for its address.
 *
 * @throws Problem 401, 429.
 */
export async function identifyAndCount(
  request: FastifyRequest,
  bearers: BearerLookup,
  count: CountRequest,
): Promise<Principal> {
  const principal = await identify(request, bearers).catch(async (error: unknown) => {
    await count(request, ANONYMOUS);
    throw error;
  });
  const counting = count(request, principal);
  if (counting !== undefined) await counting;
  return principal;
}
