import { MemoryStore, type CacheStore } from '@hanok/cache-client';
import { Counter, Gauge, type Metric, type Registry } from 'prom-client';

/** Adds the state of the engine behind the service to its metrics. Everything is read when somebody asks. */
export function addCacheMetrics(registry: Registry, store: CacheStore): void {
  registry.registerMetric(connectionMetric(store));
  if (!(store instanceof MemoryStore)) return;
  for (const metric of memoryMetrics(store)) registry.registerMetric(metric);
}

/** Metrics register themselves in a registry of the whole process unless told otherwise. */
const registers: Registry[] = [];

function connectionMetric(store: CacheStore): Metric {
  return new Gauge({
    name: 'hanok_cache_shard_connected',
    help: 'Whether a server behind the cache can be reached, 1 or 0',
    labelNames: ['shard'],
    registers,
    collect() {
      for (const { shard, connected } of store.status()) this.set({ shard }, connected ? 1 : 0);
    },
  });
}

function memoryMetrics({ space }: MemoryStore): readonly Metric[] {
  return [
    new Gauge({
      name: 'hanok_cache_memory_bytes',
      help: 'Approximate bytes of keys and values in the memory engine',
      registers,
      collect() {
        this.set(space.sizeBytes);
      },
    }),
    new Gauge({
      name: 'hanok_cache_memory_keys',
      help: 'Keys in the memory engine, some of which may have expired',
      registers,
      collect() {
        this.set(space.entryCount);
      },
    }),
    new Counter({
      name: 'hanok_cache_memory_evictions_total',
      help: 'Keys the memory engine gave up for lack of room',
      registers,
      collect() {
        this.reset();
        this.inc(space.evictions);
      },
    }),
  ];
}
