import { useTracer, type Tracer } from './tracer.ts';

/** The settings of traces. */
export interface TracingSettings {
  readonly otelExporterOtlpEndpoint?: string | undefined;
  readonly otelTracesSamplerArg?: number | undefined;
}

/**
 * Turns traces on if the settings name a receiver. Otherwise nothing is loaded, and nothing asked for later costs more
 * than finding that there is no tracer.
 *
 * @param instance tells the processes of a service apart
 */
export async function startTracing(
  name: string,
  instance: string,
  { otelExporterOtlpEndpoint: endpoint, otelTracesSamplerArg: ratio = 1 }: TracingSettings,
): Promise<Tracer | undefined> {
  if (endpoint === undefined) return undefined;
  const { createOpenTelemetry } = await import('./open-telemetry.ts');
  const tracer = createOpenTelemetry({ name, instance, endpoint, ratio });
  useTracer(tracer);
  return tracer;
}
