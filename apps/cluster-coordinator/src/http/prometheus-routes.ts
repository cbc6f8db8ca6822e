import {
  requireAdmin,
  serviceAuthority,
  serviceScheme,
  type HanokServer,
  type ServiceScheme,
} from '@hanok/service-kit';
import { Type } from 'typebox';
import type { RouteContext } from './context.ts';
import { problemResponses } from './schemas.ts';

const targets = Type.Array(
  Type.Object({
    targets: Type.Array(Type.String({ description: 'host:port' })),
    labels: Type.Record(Type.String(), Type.String()),
  }),
);

/** Who is to be scraped, in the form of Prometheus' `http_sd_config`. */
export function addPrometheusRoutes(server: HanokServer, { coordination, nodeId }: RouteContext): void {
  server.get(
    '/v1/prometheus-targets',
    {
      preHandler: requireAdmin,
      schema: {
        tags: ['operations'],
        summary: 'This coordinator and every registered service, for the http_sd_config of Prometheus',
        response: { 200: targets, ...problemResponses },
      },
    },
    (request) => [
      // Where Prometheus has reached this coordinator is where it can scrape it.
      target(request.host, request.protocol, 'cluster-coordinator', nodeId),
      ...coordination.registry
        .list()
        .map((node) => target(serviceAuthority(node), serviceScheme(node), node.service, node.id)),
    ],
  );
}

function target(address: string, scheme: ServiceScheme, service: string, id: string) {
  const labels = { __scheme__: scheme, __meta_hanok_service: service, __meta_hanok_id: id };
  return { targets: [address], labels };
}
