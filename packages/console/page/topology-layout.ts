import type { BackendRow, BalancerRow, CacheRow, ClusterRow, CoordinatorRow, ServiceRow } from './rows.ts';

export type NodeTone = 'good' | 'warn' | 'bad' | 'quiet';

/** A box of the picture. */
export interface TopologyNode {
  readonly id: string;
  readonly name: string;
  readonly kind: 'clients' | 'balancer' | 'service' | 'cache' | 'database' | 'redis' | 'coordinator' | 'more';
  readonly tone: NodeTone;
  readonly isLeader: boolean;
  /** Figures for its second line. */
  readonly active: number | null;
  readonly rate: number | null;
  readonly state: string;
  readonly x: number;
  readonly y: number;
}

/** A line between two boxes. */
export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  /** Connections or requests a second; null where only a watch is kept. */
  readonly rate: number | null;
  readonly tone: 'flow' | 'idle' | 'bad' | 'watch';
}

export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
  readonly height: number;
}

export interface TopologyInput {
  readonly cluster: ClusterRow | undefined;
  readonly coordinators: readonly CoordinatorRow[];
  readonly services: readonly ServiceRow[];
  readonly balancers: readonly BalancerRow[];
  readonly backends: readonly BackendRow[];
  readonly caches: ReadonlyMap<string, CacheRow>;
}

export const nodeWidth = 158;
export const nodeHeight = 46;
export const viewWidth = 980;

const columns = { clients: 12, balancers: 222, services: 516, stores: 810 } as const;
const rowPitch = 60;
const topMargin = 30;
/** Boxes in a column; the rest is told as a number. */
const maxInColumn = 7;

type Draft = Omit<TopologyNode, 'x' | 'y'>;

/** Decides what is drawn where; a fleet of any size makes a picture of about the same size. */
export function layOut(input: TopologyInput): Topology {
  const balancers = limited(balancerDrafts(input.balancers), 'balancers');
  const services = limited(serviceDrafts(input), 'services');
  const stores = storeDrafts(input);
  const clients: Draft = {
    ...blank('clients', 'clients'),
    active: sum(input.balancers.map(({ active }) => active)),
    rate: sum(input.balancers.map(({ rate }) => rate)),
  };
  const rows = Math.max(1, balancers.length, services.length, stores.length);
  const coordinatorY = topMargin + rows * rowPitch + 34;
  const nodes = [
    ...placed([clients], columns.clients, rows),
    ...placed(balancers, columns.balancers, rows),
    ...placed(services, columns.services, rows),
    ...placed(stores, columns.stores, rows),
    ...coordinatorNodes(input, coordinatorY),
  ];
  return { nodes, edges: edgesOf(nodes, input), height: coordinatorY + nodeHeight + 16 };
}

function blank(id: string, kind: TopologyNode['kind']): Draft {
  return { id, name: id, kind, tone: 'good', isLeader: false, active: null, rate: null, state: '' };
}

function balancerDrafts(balancers: readonly BalancerRow[]): Draft[] {
  const byId = Map.groupBy(balancers, ({ balancer }) => balancer);
  return [...byId].map(([id, listeners]) => ({
    ...blank(id, 'balancer'),
    tone: listeners.some(({ isReachable }) => !isReachable)
      ? 'bad'
      : listeners.some(({ panic, usable }) => panic || usable === 0)
        ? 'warn'
        : 'good',
    active: sum(listeners.map(({ active }) => active)),
    rate: sum(listeners.map(({ rate }) => rate)),
    state: listeners.some(({ isReachable }) => !isReachable) ? 'unreachable' : '',
  }));
}

function serviceDrafts({ services, backends }: TopologyInput): Draft[] {
  const byId = Map.groupBy(backends, ({ id }) => id);
  const registered = services.filter(({ service }) => service !== 'lb-proxy' && service !== 'cache-service');
  const known = new Set(registered.map(({ id }) => id));
  const unregistered = [...byId.keys()].filter((id) => !known.has(id));
  return [
    ...registered.map((service): Draft => {
      const places = byId.get(service.id) ?? [];
      const isDown = service.state === 'dead' || places.some(({ health }) => health === 'down');
      const isDoubtful =
        service.state !== 'ready' ||
        service.failing.length > 0 ||
        places.some(({ health, state }) => health === 'ejected' || state !== 'enabled');
      return {
        ...blank(service.id, 'service'),
        tone: isDown ? 'bad' : isDoubtful ? 'warn' : 'good',
        active: places.length === 0 ? null : sum(places.map(({ active }) => active)),
        rate: service.rate,
        state: isDown ? 'down' : service.state === 'ready' ? '' : service.state,
      };
    }),
    ...unregistered.map((id): Draft => {
      const places = byId.get(id) ?? [];
      const isDown = places.some(({ health }) => health === 'down');
      return {
        ...blank(id, 'service'),
        tone: isDown ? 'bad' : 'good',
        active: sum(places.map(({ active }) => active)),
        rate: null,
        state: isDown ? 'down' : '',
      };
    }),
  ];
}

function storeDrafts({ services, caches }: TopologyInput): Draft[] {
  const players = services.filter(({ service, state }) => service === 'player-service' && state !== 'dead');
  const drafts: Draft[] = [];
  if (players.length > 0) {
    const isFailing = players.some(({ failing }) => failing.includes('database'));
    drafts.push({
      ...blank('database', 'database'),
      tone: isFailing ? 'bad' : 'good',
      rate: null,
      state: isFailing ? 'unreachable' : '',
    });
  }
  for (const service of services.filter((each) => each.service === 'cache-service').slice(0, 3)) {
    const cache = caches.get(service.id);
    const isBad = service.state === 'dead' || cache?.isReachable === false;
    drafts.push({
      ...blank(service.id, 'cache'),
      tone: isBad ? 'bad' : cache?.connected === false ? 'warn' : 'good',
      rate: cache?.rate ?? null,
      state: isBad ? 'unreachable' : '',
    });
  }
  const cache = [...caches.values()].find(({ engine }) => engine !== undefined && engine !== 'memory');
  if (cache !== undefined) {
    const isAway = cache.connected === false;
    drafts.push({
      ...blank('redis', 'redis'),
      tone: isAway ? 'bad' : 'good',
      state: isAway ? 'unreachable' : '',
    });
  }
  return drafts;
}

function coordinatorNodes({ coordinators }: TopologyInput, y: number): TopologyNode[] {
  const shown = coordinators.slice(0, 5);
  const gap = 30;
  const whole = shown.length * nodeWidth + (shown.length - 1) * gap;
  const start = Math.max(12, (viewWidth - whole) / 2);
  return shown.map(({ id, state, role }, index) => ({
    ...blank(id, 'coordinator'),
    tone: state === 'alive' ? 'good' : state === 'suspect' ? 'warn' : state === 'left' ? 'quiet' : 'bad',
    isLeader: role === 'leader' && state !== 'dead',
    state: role === 'leader' && state !== 'dead' ? 'leader' : state,
    x: start + index * (nodeWidth + gap),
    y,
  }));
}

/** Those in trouble first, then the busiest; what does not fit is counted. */
function limited(drafts: readonly Draft[], column: string): Draft[] {
  if (drafts.length <= maxInColumn) return [...drafts];
  const order = { bad: 0, warn: 1, quiet: 2, good: 3 } as const;
  const sorted = drafts.toSorted(
    (a, b) => order[a.tone] - order[b.tone] || (b.active ?? 0) - (a.active ?? 0),
  );
  const shown = sorted.slice(0, maxInColumn - 1);
  const rest = sorted.slice(maxInColumn - 1);
  const more: Draft = {
    ...blank(`more-${column}`, 'more'),
    name: String(rest.length),
    tone: rest.some(({ tone }) => tone === 'bad') ? 'bad' : 'quiet',
    active: sum(rest.map(({ active }) => active ?? 0)),
  };
  return [...shown, more];
}

function placed(drafts: readonly Draft[], x: number, rows: number): TopologyNode[] {
  const start = topMargin + ((rows - drafts.length) * rowPitch) / 2;
  return drafts.map((draft, index) => ({ ...draft, x, y: start + index * rowPitch }));
}

function edgesOf(nodes: readonly TopologyNode[], { backends }: TopologyInput): TopologyEdge[] {
  const of = (kind: TopologyNode['kind']) => nodes.filter((node) => node.kind === kind);
  const services = of('service');
  const edges: TopologyEdge[] = [];
  for (const balancer of of('balancer')) {
    edges.push(edge('clients', balancer, balancer.rate));
    for (const service of services) {
      const places = backends.filter(
        ({ balancer: id, id: backend }) => id === balancer.id && backend === service.id,
      );
      if (places.length > 0) edges.push(edge(balancer.id, service, sum(places.map(({ rate }) => rate))));
    }
    for (const more of of('more').filter(({ id }) => id === 'more-services'))
      edges.push(edge(balancer.id, more, null));
  }
  for (const store of [...of('database'), ...of('cache')]) {
    for (const service of services) edges.push({ ...edge(service.id, store, null), rate: null });
  }
  for (const redis of of('redis'))
    for (const cache of of('cache')) edges.push(edge(cache.id, redis, cache.rate));
  const coordinators = of('coordinator');
  for (const [index, node] of coordinators.entries()) {
    const next = coordinators[index + 1];
    if (next !== undefined) edges.push({ from: node.id, to: next.id, rate: null, tone: 'watch' });
  }
  return edges;
}

function edge(from: string, to: TopologyNode, rate: number | null): TopologyEdge {
  const tone = to.tone === 'bad' ? 'bad' : rate !== null && rate > 0 ? 'flow' : 'idle';
  return { from, to: to.id, rate, tone };
}

function sum(values: readonly number[]): number {
  return Math.round(values.reduce((total, value) => total + value, 0) * 10) / 10;
}
