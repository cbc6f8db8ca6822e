import type { Clock, HttpClient } from '@hanok/service-kit';
import type { TimelineEvent } from '../timeline-event.ts';
import { balancerKind } from './balancer-events.ts';
import { ListenerRows } from './listener-rows.ts';
import type { LiveModel } from './live-model.ts';
import { readFigures } from './read-figures.ts';
import type { BalancerEvents, BalancerFigures } from './upstream.ts';

const waitForEventMs = 15_000;
const keptEvents = 200;

/** What one lb-proxy says of itself, as rows. */
export class BalancerPoller {
  readonly id: string;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #model: LiveModel;
  readonly #listeners = new Map<string, ListenerRows>();
  /** Of the descriptions that are known. */
  #version = '';
  #lastEvent = 0;
  #isClosed = false;
  events: TimelineEvent[] = [];

  constructor(id: string, client: HttpClient, clock: Clock, model: LiveModel) {
    this.id = id;
    this.#client = client;
    this.#clock = clock;
    this.#model = model;
  }

  /** Asks for everything once. A balancer that does not answer keeps its rows, marked as out of reach. */
  async poll(): Promise<void> {
    try {
      const figures = await readFigures(this.#client, this.#version);
      if (!this.#isClosed) this.#take(figures);
    } catch {
      for (const rows of this.#listeners.values()) rows.lose();
    }
  }

  /** Waits for the next event, and takes it in. @throws Error when the balancer cannot be reached */
  async awaitEvents(signal: AbortSignal): Promise<boolean> {
    const path = `/v1/events?since=${this.#lastEvent}&waitMs=${waitForEventMs}`;
    const { body } = await this.#client.call<BalancerEvents>({
      method: 'GET',
      path,
      signal,
      timeoutMs: waitForEventMs + 5_000,
    });
    this.#lastEvent = body.last;
    const found = body.items.flatMap(({ number, at, kind, subject, detail }): TimelineEvent[] => {
      const known = balancerKind(kind);
      if (known === null) return [];
      const scope = kind === 'strategy' ? 'balancer' : 'backend';
      const name = kind === 'strategy' ? this.id : subject;
      const what = [kind === 'added' || kind === 'removed' ? kind : '', detail].filter(Boolean).join(' ');
      return [{ id: `${this.id}/${number}/${at}`, at, kind: known, subject: name, scope, detail: what }];
    });
    this.events = [...this.events, ...found].slice(-keptEvents);
    return found.length > 0;
  }

  /** Takes its rows away; an answer that is under way is not taken in any more. */
  close(): void {
    this.#isClosed = true;
    this.#keepOnly(new Set());
  }

  #take({ version, listeners }: BalancerFigures): void {
    const nowMs = this.#clock.monotonicMs();
    this.#keepOnly(new Set(listeners.map(({ name }) => name)));
    for (const listener of listeners) {
      let rows = this.#listeners.get(listener.name);
      if (rows === undefined) {
        rows = new ListenerRows(this.id, listener.name, this.#model);
        this.#listeners.set(listener.name, rows);
      }
      rows.take(listener, nowMs);
    }
    this.#version = version;
  }

  #keepOnly(names: ReadonlySet<string>): void {
    for (const [name, rows] of this.#listeners) {
      if (names.has(name)) continue;
      rows.remove();
      this.#listeners.delete(name);
    }
  }
}
