import type { Page } from './page-context.ts';
import { overviewPage } from './pages/overview.ts';
import type { GlyphName } from './parts/glyph.ts';

/** A page that one can go to. */
export interface Place {
  readonly name: GlyphName & ('overview' | 'balancer' | 'cluster' | 'players' | 'cache' | 'audit');
  /** @throws Error when it cannot be fetched */
  readonly load: () => Promise<Page>;
}

/** The first is there from the beginning; the others are fetched when they are needed, or when there is time. */
export const places: readonly [Place, ...Place[]] = [
  { name: 'overview', load: () => Promise.resolve(overviewPage) },
  { name: 'balancer', load: async () => (await import('./pages/balancer.ts')).balancerPage },
  { name: 'cluster', load: async () => (await import('./pages/cluster.ts')).clusterPage },
  { name: 'players', load: async () => (await import('./pages/players.ts')).playersPage },
  { name: 'cache', load: async () => (await import('./pages/cache.ts')).cachePage },
  { name: 'audit', load: async () => (await import('./pages/audit.ts')).auditPage },
];

/** Has all of them at hand: one can go there even while the server is out of reach. */
export function loadPlaces(): void {
  for (const { load } of places) {
    // Tried again, and told, when somebody goes there.
    load().catch(() => undefined);
  }
}
