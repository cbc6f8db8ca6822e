import type { RaftStorage } from '@hanok/cluster';
import { Histogram, type Registry } from 'prom-client';

/** From a disk with a battery to one that is about to fail, seconds. */
const buckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];

const writes = new Histogram({
  name: 'hanok_coordinator_disk_write_seconds',
  help: 'Time until a write of the Raft log was on the disk (write and fsync)',
  buckets,
  registers: [],
});

/** Measures each write of a storage; there is one storage in a process. */
export function measureWrites<S extends RaftStorage>(storage: S): S {
  const append = storage.append.bind(storage);
  storage.append = async (batches) => {
    const end = writes.startTimer();
    await append(batches);
    end();
  };
  return storage;
}

export function registerDiskMetric(registry: Registry): void {
  registry.registerMetric(writes);
}
