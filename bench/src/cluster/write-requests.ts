/** One write to the registry, or to etcd. */
export interface WriteRequest {
  readonly method: 'PUT' | 'POST';
  readonly path: string;
  readonly body: string;
}

/** Registers one of so many services anew: what it says of itself differs each time, so that it is no mere renewal. */
export function registryWrite(index: number, services: number): WriteRequest {
  const node = {
    service: 'player-service',
    host: '127.0.0.1',
    port: 8_001,
    state: 'ready',
    ttlMs: 300_000,
    metadata: { write: String(index) },
  };
  return { method: 'PUT', path: `/v1/nodes/node-${index % services}`, body: JSON.stringify(node) };
}

/** Puts the same record under one of so many keys. */
export function etcdWrite(index: number, keys: number): WriteRequest {
  const record = registryWrite(index, keys);
  const key = Buffer.from(record.path).toString('base64');
  const value = Buffer.from(record.body).toString('base64');
  return { method: 'POST', path: '/v3/kv/put', body: JSON.stringify({ key, value }) };
}
