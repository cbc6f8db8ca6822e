import { problems, type Clock, type HanokServer } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';
import { callerName, identify, type BearerLookup, type Principal } from './principal.ts';

/** Requests a caller may send in a minute, by kind of caller; 0 is no limit. The admin token has none. */
export interface RateLimits {
  readonly perPlayer: number;
  readonly perKey: number;
  readonly perAddress: number;
}

/** Whether one more request is within the limit, and what is left. */
export interface Verdict {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until one more is allowed (refused) or all of them are again (allowed). */
  readonly resetMs: number;
}

export const RATE_WINDOW_MS = 60_000;
/** Callers remembered; beyond it the one unseen for longest starts afresh. */
const MAX_CALLERS = 100_000;

/**
 * The generic cell rate algorithm (ITU-T I.371): one time a caller, the moment its allowance will be whole again.
 * A caller may spend the whole window's quota at once and then gets it back evenly.
 */
export class RateLimiter {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #wholeAtMs = new Map<string, number>();

  constructor(quota: number, clock: Clock) {
    this.#intervalMs = RATE_WINDOW_MS / quota;
    this.#clock = clock;
  }

  /** Counts a request of this caller, unless it is refused. */
  take(caller: string): Verdict {
    const now = this.#clock.monotonicMs();
    const before = Math.max(this.#wholeAtMs.get(caller) ?? now, now);
    const after = before + this.#intervalMs;
    const overMs = after - now - RATE_WINDOW_MS;
    // Sums of intervals that are no binary fractions end a hair beyond the window.
    if (overMs > 0.001) return { allowed: false, remaining: 0, resetMs: overMs };
    this.#remember(caller, after);
    return {
      allowed: true,
      remaining: Math.floor((RATE_WINDOW_MS - (after - now)) / this.#intervalMs + 0.001),
      resetMs: after - now,
    };
  }

  #remember(caller: string, wholeAtMs: number): void {
    this.#wholeAtMs.delete(caller);
    this.#wholeAtMs.set(caller, wholeAtMs);
    if (this.#wholeAtMs.size <= MAX_CALLERS) return;
    const [oldest] = this.#wholeAtMs.keys();
    if (oldest !== undefined) this.#wholeAtMs.delete(oldest);
  }
}

interface Policy {
  readonly name: string;
  readonly quota: number;
  /** Value of the `ratelimit-policy` header. */
  readonly header: string;
  readonly limiter: RateLimiter;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Values of the two rate limit headers of its answer; null where no limit applies. */
    quotaLeft: { readonly policy: string; readonly state: string } | null;
  }
}

/** Counts a request for its caller. @throws Problem 429. */
export type CountRequest = (request: FastifyRequest, principal: Principal) => void;

/**
 * Limits the requests of players, API keys and addresses, each process for itself, and says so in the headers of
 * draft-ietf-httpapi-ratelimit-headers. Costs nothing where a limit is 0.
 */
export function limitRequests(server: HanokServer, limits: RateLimits, clock: Clock): CountRequest {
  const policyOf = (name: string, quota: number): Policy | undefined => {
    const header = `"${name}";q=${quota};w=${RATE_WINDOW_MS / 1_000}`;
    return quota === 0 ? undefined : { name, quota, header, limiter: new RateLimiter(quota, clock) };
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
    if (policy === undefined) return;
    const caller = principal.kind === 'anonymous' ? request.ip : callerName(principal);
    const { allowed, remaining, resetMs } = policy.limiter.take(caller);
    const resetSeconds = Math.max(1, Math.ceil(resetMs / 1_000));
    request.quotaLeft = { policy: policy.header, state: `"${policy.name}";r=${remaining};t=${resetSeconds}` };
    if (allowed) return;
    throw problems.tooManyRequests({
      detail: `More than ${policy.quota} requests in a minute by one ${policy.name}`,
      retryAfterSeconds: resetSeconds,
    });
  };
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
  const principal = await identify(request, bearers).catch((error: unknown) => {
    count(request, { kind: 'anonymous' });
    throw error;
  });
  count(request, principal);
  return principal;
}
