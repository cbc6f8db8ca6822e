import { Type } from 'typebox';

/** Settings of the load guard and of traces. Part of `commonConfig`. */
export const telemetryConfig = {
  maxEventLoopDelayMs: Type.Integer({
    default: 500,
    minimum: 0,
    maximum: 60_000,
    description:
      'How late the event loop may be before requests, but not those of operators, are answered 503; 0: no limit (ms)',
  }),
  otelExporterOtlpEndpoint: Type.Optional(
    Type.String({
      pattern: '^https?://',
      maxLength: 2_048,
      description:
        'Base URL of an OTLP/HTTP receiver of traces, such as http://127.0.0.1:4318; empty: no traces',
    }),
  ),
  otelTracesSamplerArg: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    description: 'Share of the traces begun here that are kept, 0 to 1',
  }),
};
