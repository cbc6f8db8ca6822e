import { serviceUrl, type Clock, type Logger, type Timer } from '@hanok/service-kit';
import type { ClusterSource, CoordinatorEntry, ServiceEntry } from '../cluster-source.ts';
import type { TimelineEvent } from '../timeline-event.ts';
import { BalancerFollower } from './balancer-follower.ts';
import { CachePoller } from './cache-poller.ts';
import type { LiveModel } from './live-model.ts';
import { Rate } from './rate.ts';
import type { ServiceClients } from './service-clients.ts';
import { ServicePoller } from './service-poller.ts';
import type { Row, Table } from './tables.ts';

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
/** Changes that come together are told together. */
const gatherMs = 25;
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
    void this.#runRound(this.#run);
  }

  stop(): void {
    this.#run = 0;
    this.#unwatch();
    this.#round?.cancel();
    this.#urgent?.cancel();
    this.#urgent = null;
    for (const follower of this.#followers.values()) follower.stop();
    this.#followers.clear();
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
    this.#round = clock.setTimer(leftMs, () => void this.#runRound(run));
  }

  /** Something happened: shown at once, without waiting for the next round. */
  #tellSoon(): void {
    this.#urgent ??= this.#options.clock.setTimer(gatherMs, () => {
      this.#urgent = null;
      this.#tell();
    });
  }

  #tell(): void {
    const { source, model, onRound } = this.#options;
    const services = source.services();
    const followers = [...this.#followers.values()];
    model.replace('cluster', new Map([['self', this.#clusterRow()]]));
    model.replace('coordinators', byId(source.coordinators()));
    model.replace('services', new Map(services.map((each) => [each.id, this.#serviceRow(each)])));
    model.replace('balancers', new Map(followers.flatMap(({ poller }) => [...poller.balancers])));
    model.replace('backends', new Map(followers.flatMap(({ poller }) => [...poller.backends])));
    model.replace('caches', this.#caches.rows);
    const ids = new Set(services.map(({ id }) => id));
    // That a service came or went is told by the registry already.
    const isNews = ({ kind, subject }: TimelineEvent) =>
      (kind !== 'joined' && kind !== 'left') || !ids.has(subject);
    const ofBalancers = followers.flatMap(({ poller }) => poller.events).filter(isNews);
    const events = [...source.timeline(), ...ofBalancers];
    model.replace('events', newest(events));
    onRound();
  }

  #followBalancers(services: readonly ServiceEntry[]): void {
    const { clients, clock } = this.#options;
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
      const follower = new BalancerFollower(service.id, clients.of(service), clock, () => this.#tellSoon());
      this.#followers.set(key, follower);
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

function byId(entries: readonly CoordinatorEntry[]): Table {
  return new Map(entries.map((entry) => [entry.id, { ...entry }]));
}

function newest(events: readonly TimelineEvent[]): Table {
  const shown = events.toSorted((a, b) => (a.at < b.at ? 1 : -1)).slice(0, shownEvents);
  return new Map(shown.map(({ id, ...event }) => [id, event]));
}
