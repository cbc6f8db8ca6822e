import { h, s, setAttribute, setText } from '../dom.ts';
import { compact, perSecond } from '../format.ts';
import {
  nodeHeight,
  nodeWidth,
  viewWidth,
  type Topology,
  type TopologyEdge,
  type TopologyNode,
} from '../topology-layout.ts';
import { t, word } from '../words.ts';

const crown = 'M1 12h14M2 10 1.200 3.500 5 6l3-4.500L11 6l3.800-2.500L14 10z';

/** Where a click on a box leads. */
const pageOf: Readonly<Record<TopologyNode['kind'], string>> = {
  clients: '#/balancer',
  balancer: '#/balancer',
  service: '#/cluster',
  more: '#/cluster',
  cache: '#/cache',
  redis: '#/cache',
  database: '#/players',
  coordinator: '#/cluster',
};

interface NodeView {
  readonly element: SVGAElement;
  readonly name: SVGTextElement;
  readonly note: SVGTextElement;
  readonly crown: SVGPathElement;
}

interface EdgeView {
  readonly path: SVGPathElement;
  readonly label: SVGTextElement;
}

/** The picture of the whole stack. Boxes and lines are kept and changed, not drawn anew. */
export class TopologyPicture {
  readonly element: HTMLElement;
  readonly #svg: SVGSVGElement;
  readonly #edgeLayer = s('g');
  readonly #labelLayer = s('g', { 'aria-hidden': 'true' });
  readonly #nodeLayer = s('g');
  readonly #nodes = new Map<string, NodeView>();
  readonly #edges = new Map<string, EdgeView>();

  constructor() {
    this.#svg = s(
      'svg',
      { role: 'group', 'aria-label': t('topology.title') },
      ...(
        [
          [12, 'topology.clients'],
          [222, 'topology.balancers'],
          [516, 'topology.services'],
          [810, 'topology.stores'],
        ] as const
      ).map(([x, key]) => s('text', { class: 'column', x, y: 16 }, t(key))),
      this.#edgeLayer,
      this.#labelLayer,
      this.#nodeLayer,
    );
    this.element = h(
      'div',
      { class: 'topology', tabindex: 0, role: 'region', 'aria-label': t('topology.title') },
      this.#svg,
    );
  }

  draw({ nodes, edges, height }: Topology): void {
    setAttribute(this.#svg, 'viewBox', `0 0 ${viewWidth} ${height}`);
    const byId = new Map(nodes.map((node) => [node.id, node]));
    for (const node of nodes) this.#drawNode(node);
    for (const [id, view] of this.#nodes) {
      if (byId.has(id)) continue;
      view.element.remove();
      this.#nodes.delete(id);
    }
    const keys = new Set<string>();
    for (const edge of edges) {
      const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
      if (from === undefined || to === undefined) continue;
      const key = `${edge.from} ${edge.to}`;
      keys.add(key);
      this.#drawEdge(key, edge, from, to);
    }
    for (const [key, view] of this.#edges) {
      if (keys.has(key)) continue;
      view.path.remove();
      view.label.remove();
      this.#edges.delete(key);
    }
  }

  #drawNode(node: TopologyNode): void {
    const view = this.#nodes.get(node.id) ?? this.#addNode(node);
    const note = noteOf(node);
    const name = nameOf(node);
    setAttribute(view.element, 'transform', `translate(${node.x} ${node.y})`);
    setAttribute(view.element, 'class', `node ${node.tone}`);
    setAttribute(view.crown, 'visibility', node.isLeader ? 'visible' : 'hidden');
    setText(view.name, name.length > 19 ? `${name.slice(0, 18)}…` : name);
    // The space is heard, not seen: it parts the two lines.
    setText(view.note, ` ${note}`);
  }

  #addNode(node: TopologyNode): NodeView {
    const name = s('text', { class: 'name', x: 26, y: 20 });
    const note = s('text', { class: 'note', x: 26, y: 36 });
    const crownMark = s('path', { class: 'crown', d: crown, transform: `translate(${nodeWidth - 26} 6)` });
    const element = s(
      'a',
      { href: pageOf[node.kind] },
      s('rect', { width: nodeWidth, height: nodeHeight, rx: 9 }),
      s('circle', { class: 'mark', cx: 14, cy: 16, r: 4 }),
      name,
      note,
      crownMark,
    );
    this.#nodeLayer.append(element);
    const view = { element, name, note, crown: crownMark };
    this.#nodes.set(node.id, view);
    return view;
  }

  #drawEdge(key: string, { rate, tone }: TopologyEdge, from: TopologyNode, to: TopologyNode): void {
    const view = this.#edges.get(key) ?? this.#addEdge(key);
    const [x1, y1, x2, y2] = [from.x + nodeWidth, from.y + nodeHeight / 2, to.x, to.y + nodeHeight / 2];
    const isWithin = from.x === to.x;
    const bend = Math.max(24, (x2 - x1) / 2);
    const d = isWithin
      ? `M${from.x + nodeWidth / 2} ${from.y + nodeHeight}L${to.x + nodeWidth / 2} ${to.y}`
      : `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    setAttribute(view.path, 'd', d);
    setAttribute(view.path, 'class', `edge ${tone === 'flow' ? '' : tone}`);
    setAttribute(view.path, 'stroke-width', (1.4 + Math.log10(1 + (rate ?? 0)) * 1.8).toFixed(1));
    // Near the end: there the lines lie apart.
    setAttribute(view.label, 'x', x1 + (x2 - x1) * 0.72);
    setAttribute(view.label, 'y', y1 + (y2 - y1) * 0.86 - 3);
    setText(view.label, rate === null || rate === 0 || isWithin ? '' : perSecond(rate));
  }

  #addEdge(key: string): EdgeView {
    const view = { path: s('path'), label: s('text', { class: 'rate' }) };
    this.#edgeLayer.append(view.path);
    this.#labelLayer.append(view.label);
    this.#edges.set(key, view);
    return view;
  }
}

function nameOf({ kind, name }: TopologyNode): string {
  if (kind === 'clients' || kind === 'database' || kind === 'redis') return t(`topology.${kind}`);
  return kind === 'more' ? t('topology.more', { n: name }) : name;
}

function noteOf({ state, active, rate, kind, tone }: TopologyNode): string {
  const parts = [
    state === '' ? '' : word('state', state),
    active === null ? '' : t('topology.connections', { n: compact(active) }),
    rate === null || kind === 'clients' ? '' : perSecond(rate),
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' · ') : word('state', tone === 'good' ? 'ready' : 'unknown');
}
