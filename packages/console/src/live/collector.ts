import { serviceUrl, type Clock, type Logger, type Timer } from '@hanok/service-kit';
import type { ClusterSource, ServiceEntry } from '../cluster-source.ts';
import type { TimelineEvent } from '../timeline-event.ts';
import { BalancerFollower } from './balancer-follower.ts';
import { BalancerPoller } from './balancer-poller.ts';
import { CachePoller } from './cache-poller.ts';
import type { LiveModel } from './live-model.ts';
import { Rate } from './rate.ts';
import type { ServiceClients } from './service-clients.ts';
import { ServicePoller } from './service-poller.ts';
import type { Row } from './tables.ts';

export interface CollectorOptions {
  readonly source: ClusterSource;
  readonly clients: ServiceClients;
  readonly model: LiveModel;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told after each round, and as soon as something has changed that cannot wait for the next. */
  readonly onRound: () => void;
}

const roundMs = 1_000;
/** Changes that come together are told together; so are those that go on and on. */
const gatherMs = 25;
const urgentEveryMs = 200;
/** Lb-proxies asked; more than a fleet has. */
const maxBalancers = 64;
const shownEvents = 300;

/** Gathers what the console shows, once a second and on every change, for as long as somebody watches. */
export class Collector {
  readonly #options: CollectorOptions;
  readonly #followers = new Map<string, BalancerFollower>();
  readonly #services: ServicePoller;
  readonly #caches: CachePoller;
  readonly #ownCpu = new Rate();
  /** Of the present run; 0 while nobody watches. A round of an earlier run ends without another. */
  #run = 0;
  #runs = 0;
  #round: Timer | null = null;
  #urgent: Timer | null = null;
  #urgentAtMs = -Infinity;
  #unwatch: () => void = () => undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#services = new ServicePoller(options.clock);
    this.#caches = new CachePoller(options.clients, options.clock);
  }

  /** Starts, unless it runs already. What the coordinator itself knows is there at once, the rest soon. */
  start(): void {
    if (this.#run !== 0) return;
    this.#runs += 1;
    this.#run = this.#runs;
    this.#unwatch = this.#options.source.watch(() => this.#tellSoon());
    this.#tell();
    // Only then others are asked, which takes its time: a page is waiting for what is there.
    this.#beginRound(this.#run, 0);
  }

  stop(): void {
    this.#run = 0;
    this.#unwatch();
    this.#round?.cancel();
    this.#endUrgent();
    for (const follower of this.#followers.values()) follower.stop();
    this.#followers.clear();
  }

  #beginRound(run: number, waitMs: number): void {
    this.#round = this.#options.clock.setTimer(waitMs, () => void this.#runRound(run));
  }

  async #runRound(run: number): Promise<void> {
    const { source, clock } = this.#options;
    const startedMs = clock.monotonicMs();
    const services = source.services();
    this.#followBalancers(services);
    const polls = [
      ...[...this.#followers.values()].map((follower) => follower.poll()),
      this.#services.poll(services),
      this.#caches.poll(
        services.filter(({ service, state }) => service === 'cache-service' && state !== 'dead'),
      ),
    ];
    await Promise.race([Promise.all(polls), clock.sleep(roundMs)]);
    if (this.#run !== run) return;
    this.#tell();
    const leftMs = Math.max(50, startedMs + roundMs - clock.monotonicMs());
    this.#beginRound(run, leftMs);
  }

  /** Something happened: shown at once, without waiting for the next round. */
  #tellSoon(): void {
    const { clock } = this.#options;
    const waitMs = Math.max(gatherMs, this.#urgentAtMs + urgentEveryMs - clock.monotonicMs());
    this.#urgent ??= clock.setTimer(waitMs, () => {
      this.#urgentAtMs = clock.monotonicMs();
      this.#tell();
    });
  }

  #endUrgent(): void {
    this.#urgent?.cancel();
    this.#urgent = null;
  }

  #tell(): void {
    const { source, model, onRound } = this.#options;
    this.#endUrgent();
    const services = source.services();
    model.table('cluster').merge('self', this.#clusterRow());
    model.table('coordinators').replace(source.coordinators().map((entry) => [entry.id, { ...entry }]));
    const ids = new Set(services.map(({ id }) => id));
    for (const entry of services) model.table('services').merge(entry.id, this.#serviceRow(entry));
    model.table('services').keepOnly(ids);
    model.table('caches').replace(this.#caches.rows);
    // That a service came or went is told by the registry already.
    const isNews = ({ kind, subject }: TimelineEvent) =>
      (kind !== 'joined' && kind !== 'left') || !ids.has(subject);
    const ofBalancers = [...this.#followers.values()].flatMap(({ poller }) => poller.events).filter(isNews);
    model.table('events').replace(newest([...source.timeline(), ...ofBalancers]));
    onRound();
  }

  #followBalancers(services: readonly ServiceEntry[]): void {
    const { clients, clock, model } = this.#options;
    const wanted = services.filter(({ service, state }) => service === 'lb-proxy' && state !== 'dead');
    const ids = new Set(wanted.map((service) => `${service.id} ${serviceUrl(service)}`));
    for (const [id, follower] of this.#followers) {
      if (ids.has(id)) continue;
      follower.stop();
      this.#followers.delete(id);
    }
    for (const service of wanted.slice(0, maxBalancers)) {
      const key = `${service.id} ${serviceUrl(service)}`;
      if (this.#followers.has(key)) continue;
      const poller = new BalancerPoller(service.id, clients.of(service), clock, model);
      this.#followers.set(key, new BalancerFollower(poller, clock, () => this.#tellSoon()));
    }
  }

  #clusterRow(): Row {
    const { source, clock } = this.#options;
    const { user, system } = process.cpuUsage();
    const cpu = this.#ownCpu.next((user + system) / 1_000, clock.monotonicMs());
    return { ...source.cluster(), cpu: Math.round(cpu) / 10 };
  }

  /** Field by field: a copy of two objects takes several times as long, for thousands of services each second. */
  #serviceRow({ id, service, host, port, state, ttlMs, registeredAt, metadata }: ServiceEntry): Row {
    const { rate, errorRate, cpu, memory, failing } = this.#services.loadOf(id);
    const version = metadata['version'] ?? null;
    return {
      id,
      service,
      host,
      port,
      state,
      ttlMs,
      registeredAt,
      version,
      rate,
      errorRate,
      cpu,
      memory,
      failing,
    };
  }
}

/** The events that are shown, by their id. */
function newest(events: readonly TimelineEvent[]): [string, Row][] {
  const shown = events.toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, shownEvents);
  return shown.map(({ id, ...event }) => [id, event]);
}
