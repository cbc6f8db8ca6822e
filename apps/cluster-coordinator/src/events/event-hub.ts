import type { ServerResponse } from 'node:http';
import type { Coordination, RegistryChange } from '@hanok/cluster';
import { untilNextBeatMs, type Clock, type Logger, type Timer } from '@hanok/service-kit';
import type { MemberDirectory } from '../cluster/member.ts';
import { nodeView } from '../registry/node-view.ts';
import { EventStream } from './event-stream.ts';
import { formatEvent } from './sse.ts';

export interface EventHubOptions {
  readonly coordination: Coordination;
  readonly members: MemberDirectory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told when a broadcast was handed to a stream whose reader said which node it is. */
  readonly onDelivered: (broadcastId: string, nodeId: string) => void;
  /** Default 4 MiB. */
  readonly maxWaitingBytes?: number | undefined;
  /** Default 10 s. */
  readonly keepAliveMs?: number | undefined;
  /** Out of touch with a leader for so long, it sends its readers elsewhere. Default 5 s. */
  readonly staleAfterMs?: number | undefined;
}

/** What a reader asks for. */
export interface Subscription {
  /** The last revision it has seen; null for none. */
  readonly since: number | null;
  readonly service: string | null;
  readonly reader: string | null;
}

/** How often it looks, for its readers, whether it is still in touch with a leader. */
const lookEveryMs = 2_000;
/** The same once it is not. */
const closeLookEveryMs = 1_000;
/** More streams than this are refused. */
const maxStreams = 2_048;

/** Tells every reader of `GET /v1/events` what changes, in order, and nothing twice on one stream. */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #streams = new Set<EventStream>();
  readonly #unsubscribe: readonly (() => void)[];
  #currentAt = 0;
  #look: Timer | null = null;
  #closed = false;

  constructor(options: EventHubOptions) {
    this.#options = options;
    const { coordination, members } = options;
    this.#unsubscribe = [
      coordination.registry.watch({
        onChange: (change) => this.#tellChange(change),
        onReset: () => {
          for (const stream of this.#streams) this.#sendSnapshot(stream);
        },
      }),
      coordination.election.observe((view) => this.#tellAll(formatEvent('leader', view))),
      members.watch((type, member) => this.#tellAll(formatEvent('member', { type, member }))),
    ];
  }

  get size(): number {
    return this.#streams.size;
  }

  get isFull(): boolean {
    return this.#streams.size >= maxStreams;
  }

  /** Nobody would end a stream that were opened now. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Serves a reader until it goes. */
  open(response: ServerResponse, { since, service, reader }: Subscription): void {
    const { coordination, clock, logger, maxWaitingBytes = 4_194_304, keepAliveMs = 10_000 } = this.#options;
    const stream = new EventStream({
      response,
      clock,
      service,
      reader,
      maxWaitingBytes,
      keepAliveMs,
      onCutOff: (reason) => {
        if (reason === 'slow-reader') logger.warn({ reader }, 'cut off a reader of events that was too slow');
      },
      onClose: (closed) => this.#streams.delete(closed),
    });
    this.#streams.add(stream);
    if (this.#look === null) {
      this.#currentAt = clock.monotonicMs();
      this.#lookLater(lookEveryMs);
    }
    stream.send(formatEvent('leader', coordination.election.view()));
    const missed = since === null ? null : coordination.registry.changesSince(since);
    if (missed === null) this.#sendSnapshot(stream);
    else for (const change of missed) this.#sendChange(stream, change, formatChange(change));
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    this.#look?.cancel();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const stream of this.#streams) stream.cutOff('shutdown');
  }

  /** A reader whose coordinator is cut off from the others would never hear of a change: another may know more. */
  #lookForStaleness(): void {
    const { coordination, clock, staleAfterMs = 5_000 } = this.#options;
    const now = clock.monotonicMs();
    const isCurrent = coordination.isCurrent();
    if (isCurrent) this.#currentAt = now;
    if (now - this.#currentAt > staleAfterMs) {
      this.#currentAt = now;
      for (const stream of this.#streams) stream.cutOff('stale');
    }
    this.#lookLater(isCurrent ? lookEveryMs : closeLookEveryMs);
  }

  #lookLater(everyMs: number): void {
    const { clock } = this.#options;
    const waitMs = untilNextBeatMs(clock, everyMs);
    this.#look = this.size === 0 ? null : clock.setTimer(waitMs, () => this.#lookForStaleness());
  }

  #tellAll(text: string): void {
    for (const stream of this.#streams) stream.send(text);
  }

  #tellChange(change: RegistryChange): void {
    const text = formatChange(change);
    for (const stream of this.#streams) this.#sendChange(stream, change, text);
  }

  #sendChange(stream: EventStream, change: RegistryChange, text: string): void {
    if (change.kind === 'node') {
      if (stream.service === null || stream.service === change.node.service) stream.send(text);
      return;
    }
    // "To all but oneself": the sender needs no copy of its own message.
    if (stream.reader === change.broadcast.from) return;
    if (stream.send(text) && stream.reader !== null) {
      this.#options.onDelivered(change.broadcast.id, stream.reader);
    }
  }

  #sendSnapshot(stream: EventStream): void {
    const { registry } = this.#options.coordination;
    const nodes = registry.list(stream.service === null ? {} : { service: stream.service });
    const { revision } = registry;
    const data = { nodes: nodes.map((node) => nodeView(node)), revision };
    stream.send(formatEvent('snapshot', data, revision));
  }
}

function formatChange(change: RegistryChange): string {
  if (change.kind === 'broadcast') return formatEvent('broadcast', change.broadcast, change.revision);
  const { type, node, revision } = change;
  const gone = type === 'removed' || type === 'expired';
  return formatEvent('node', { type, node: nodeView(node, !gone), revision }, revision);
}
