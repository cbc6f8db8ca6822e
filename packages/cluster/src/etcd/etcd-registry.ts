import type { Clock } from '@hanok/service-kit';
import { CoordinationError } from '../engine/coordination-error.ts';
import type { ServiceRegistry } from '../engine/coordination.ts';
import { checkBroadcast, checkRegistration } from '../registry/check-request.ts';
import type { NodeFilter } from '../registry/registry.ts';
import { isUnchanged, type RegistryWatcher } from '../registry/registry-state.ts';
import {
  registryLimits,
  type Broadcast,
  type Registration,
  type RegistryChange,
  type RegistryNode,
  type RegistryResult,
} from '../registry/registry-types.ts';
import { EtcdError, grpcCodes } from './etcd-error.ts';
import type { EtcdGateway } from './etcd-gateway.ts';
import { childOf, childrenOf, encodeText, keyOf, revisionOf, type EtcdObject } from './etcd-json.ts';
import type { CopyProgress } from './copy-progress.ts';
import { grantLease, keepAlive, revokeLease } from './etcd-leases.ts';
import { GuardedWrite } from './guarded-write.ts';
import {
  decodeBroadcast,
  decodeNode,
  encodeBroadcast,
  encodeNode,
  type KeptNode,
} from './registry-records.ts';
import type { RegistryMirror } from './registry-mirror.ts';
import type { SyncMarks } from './sync-marks.ts';

/** What the registry is built on. */
export interface EtcdRegistryOptions {
  readonly gateway: EtcdGateway;
  readonly mirror: RegistryMirror;
  readonly progress: CopyProgress;
  readonly marks: SyncMarks;
  readonly nodePrefix: string;
  readonly broadcastPrefix: string;
  readonly clock: Clock;
}

const writeTimeoutMs = 4_000;
/** A broadcast is told from its repetitions for so long. */
const broadcastTtlMs = 3_600_000;
/** After a write, the own copy is waited for, so that a read that follows sees it. */
const catchUpMs = 1_000;

/**
 * The registry in etcd: one key a node, under a lease of its own. Every write is guarded by the revision that it
 * changes and carries an id, so that it may be sent twice; reads are of the own copy, which `sync` brings up to date.
 */
export class EtcdRegistry implements ServiceRegistry {
  readonly #options: EtcdRegistryOptions;

  constructor(options: EtcdRegistryOptions) {
    this.#options = options;
  }

  get revision(): number {
    return this.#options.mirror.revision;
  }

  get(id: string): RegistryNode | null {
    return this.#options.mirror.get(id)?.node ?? null;
  }

  list({ service, state }: NodeFilter = {}): RegistryNode[] {
    const matches = (node: RegistryNode): boolean =>
      (service === undefined || node.service === service) && (state === undefined || node.state === state);
    return this.#options.mirror.nodes().filter(matches);
  }

  async register(registration: Registration, timeoutMs = writeTimeoutMs): Promise<RegistryResult> {
    checkRegistration(registration);
    return this.#write(timeoutMs, async (leftMs) => {
      const write = new GuardedWrite(this.#options.gateway, this.#nodeKey(registration.id));
      let known = this.#options.mirror.get(registration.id);
      for (;;) {
        const result = await this.#put(write, registration, known, leftMs);
        if (result !== null) return result;
        known = await this.#read(registration.id, leftMs());
      }
    });
  }

  remove(id: string, timeoutMs = writeTimeoutMs): Promise<RegistryResult> {
    return this.#write(timeoutMs, async (leftMs) => {
      const { gateway } = this.#options;
      const write = new GuardedWrite(gateway, this.#nodeKey(id));
      for (;;) {
        const known = await this.#read(id, leftMs());
        if (known === null || known.isRemoved) return { outcome: 'unknown' };
        const { node, lease } = known;
        const mark = { registeredAt: node.registeredAt, isRemoved: true, writeId: write.id };
        const revision = await write.put(node.revision, encodeNode(node, mark), lease, leftMs());
        if (revision === null) continue;
        // The mark tells watchers that this was asked for. The key goes with its lease, so that neither a registration
        // that comes in between is deleted (it has a lease of its own) nor a late repetition of the old one comes back.
        await revokeLease(gateway, lease, leftMs()).catch(() => undefined);
        await this.#caughtUp(revision);
        return { outcome: 'removed', node };
      }
    });
  }

  async broadcast(given: Omit<Broadcast, 'at'>, timeoutMs = writeTimeoutMs): Promise<RegistryResult> {
    checkBroadcast(given);
    return this.#write(timeoutMs, async (leftMs) => {
      const { gateway, broadcastPrefix, clock } = this.#options;
      const broadcast: Broadcast = { ...given, at: new Date(clock.now()).toISOString() };
      const lease = await grantLease(gateway, broadcastTtlMs, leftMs());
      const key = encodeText(`${broadcastPrefix}${broadcast.id}`);
      const value = encodeText(encodeBroadcast(broadcast));
      const answer = await gateway.call(
        '/kv/txn',
        {
          compare: [{ key, target: 'MOD', result: 'EQUAL', mod_revision: '0' }],
          success: [{ request_put: { key, value, lease: lease.id } }],
          failure: [{ request_range: { key } }],
        },
        leftMs(),
      );
      if (answer['succeeded'] === true) {
        const revision = revisionOf(answer);
        await this.#caughtUp(revision);
        return { outcome: 'broadcast', broadcast, revision };
      }
      const [first] = keysOf(answer);
      const before = first === undefined ? null : decodeBroadcast(first);
      return {
        outcome: 'repeated',
        broadcast: before ?? broadcast,
        revision: first?.modRevision ?? this.revision,
      };
    });
  }

  async sync(timeoutMs = writeTimeoutMs): Promise<void> {
    const { marks, progress, clock } = this.#options;
    const endsAt = clock.monotonicMs() + timeoutMs;
    const revision = await marks.write(timeoutMs).catch((error: unknown) => {
      throw error instanceof EtcdError ? new CoordinationError('no-leader', `etcd: ${error.message}`) : error;
    });
    if (await progress.reached(revision, Math.max(0, endsAt - clock.monotonicMs()))) return;
    throw new CoordinationError(
      'no-leader',
      `the copy of etcd's keys did not catch up within ${timeoutMs} ms`,
    );
  }

  changesSince(revision: number): readonly RegistryChange[] | null {
    return this.#options.mirror.changesSince(revision);
  }

  watch(watcher: RegistryWatcher): () => void {
    return this.#options.mirror.watch(watcher);
  }

  /** @returns null when what is known turned out to be old. */
  async #put(
    write: GuardedWrite,
    registration: Registration,
    known: KeptNode | null,
    leftMs: () => number,
  ): Promise<RegistryResult | null> {
    const { gateway, mirror, clock } = this.#options;
    const isThere = known !== null && !known.isRemoved;
    if (isThere && !isSamePlace(known.node, registration)) {
      const fresh = await this.#read(registration.id, leftMs());
      const isStillThere = fresh !== null && !fresh.isRemoved && fresh.node.revision === known.node.revision;
      return isStillThere ? { outcome: 'id-taken', node: known.node } : null;
    }
    if (isThere && isUnchanged(known.node, registration)) {
      if ((await keepAlive(gateway, known.lease, leftMs())) === null) return null;
      // The own copy may be behind: what it shows is confirmed, or this would undo no change that came meanwhile.
      const fresh = await this.#read(registration.id, leftMs());
      return fresh?.node.revision === known.node.revision ? { outcome: 'renewed', node: known.node } : null;
    }
    if (!isThere && mirror.size >= registryLimits.maxNodes) return { outcome: 'full' };
    const isLeaseKept = isThere && known.node.ttlMs === registration.ttlMs;
    const lease = isLeaseKept ? known.lease : (await grantLease(gateway, registration.ttlMs, leftMs())).id;
    if (isLeaseKept && (await keepAlive(gateway, lease, leftMs())) === null) return null;
    const registeredAt = isThere ? known.node.registeredAt : new Date(clock.now()).toISOString();
    const value = encodeNode(registration, { registeredAt, isRemoved: false, writeId: write.id });
    const revision = await write.put(known?.node.revision ?? 0, value, lease, leftMs());
    if (revision === null) return null;
    await this.#caughtUp(revision);
    return { outcome: isThere ? 'updated' : 'registered', node: { ...registration, revision, registeredAt } };
  }

  async #read(id: string, timeoutMs: number): Promise<KeptNode | null> {
    const answer = await this.#options.gateway.call(
      '/kv/range',
      { key: encodeText(this.#nodeKey(id)) },
      timeoutMs,
    );
    const [key] = childrenOf(answer, 'kvs');
    return key === undefined ? null : decodeNode(keyOf(key));
  }

  /** @param work may be told how long is left; it is repeated when a lease ran out under it. */
  async #write(
    timeoutMs: number,
    work: (leftMs: () => number) => Promise<RegistryResult>,
  ): Promise<RegistryResult> {
    const { clock } = this.#options;
    const endsAt = clock.monotonicMs() + timeoutMs;
    const leftMs = (): number => {
      const left = endsAt - clock.monotonicMs();
      if (left <= 0) throw new EtcdError(`not done within ${timeoutMs} ms`, null);
      return left;
    };
    for (;;) {
      try {
        return await work(leftMs);
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        if (error.grpcCode === grpcCodes.notFound && endsAt > clock.monotonicMs()) continue;
        throw toCoordinationError(error);
      }
    }
  }

  async #caughtUp(revision: number): Promise<void> {
    await this.#options.progress.reached(revision, catchUpMs);
  }

  #nodeKey(id: string): string {
    return `${this.#options.nodePrefix}${id}`;
  }
}

/** The keys that a refused transaction told of. */
function keysOf(answer: EtcdObject) {
  const [response] = childrenOf(answer, 'responses');
  return response === undefined ? [] : childrenOf(childOf(response, 'response_range'), 'kvs').map(keyOf);
}

function isSamePlace(known: Registration, given: Registration): boolean {
  return known.service === given.service && known.host === given.host && known.port === given.port;
}

function toCoordinationError(error: EtcdError): CoordinationError {
  return error.retryable
    ? new CoordinationError('outcome-unknown', `etcd: ${error.message}`, { cause: error })
    : new CoordinationError('no-leader', `etcd refused: ${error.message}`, { cause: error });
}
