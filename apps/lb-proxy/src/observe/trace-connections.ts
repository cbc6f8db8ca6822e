import type { Attributes, Tracer } from '@hanok/service-kit/tracer';
import type { ConnectionEvent, ConnectionTrace } from '../data-plane/connection-trace.ts';
import type { BackendPool } from '../pool/backend-pool.ts';

/**
 * Records a client connection as a span with what happened to it as its events. It is a trace of its own: bytes pass
 * as they are, so that the requests in them, which carry the context of their traces, are the services' to record.
 */
export function recordConnection(
  tracer: Tracer,
  listener: string,
  backends: Pick<BackendPool, 'list'>,
  connection: ConnectionTrace,
): void {
  const { source, startedAtMs, endedAtMs, events, bytesToBackend, bytesToClient } = connection;
  const attributesOf = ({ slot, reason }: ConnectionEvent): Attributes => {
    const backend =
      slot === undefined ? undefined : backends.list().find((each) => each.slot === slot)?.spec.id;
    return {
      ...(backend === undefined ? {} : { 'hanok.backend': backend }),
      ...(reason === undefined ? {} : { 'hanok.reason': reason }),
    };
  };
  const refusal = events.findLast(({ name }) => name === 'refused')?.reason;
  tracer.record({
    name: 'connection',
    kind: 'server',
    startedAtMs,
    endedAtMs,
    attributes: {
      'client.address': source,
      'hanok.listener': listener,
      'hanok.bytes_to_backend': bytesToBackend,
      'hanok.bytes_to_client': bytesToClient,
    },
    events: events.map((event) => ({ name: event.name, atMs: event.atMs, attributes: attributesOf(event) })),
    ...(refusal === undefined ? {} : { failure: refusal }),
  });
}
