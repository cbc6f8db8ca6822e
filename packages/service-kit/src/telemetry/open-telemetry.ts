import { AsyncLocalStorage } from 'node:async_hooks';
import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind as Kind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as ApiSpan,
  type Tracer as ApiTracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type {
  Attributes,
  FinishedSpan,
  OpenSpan,
  Span,
  SpanDescription,
  Tracer,
  TracePlace,
} from './tracer.ts';

export interface TracingOptions {
  /** Name of the service. */
  readonly name: string;
  /** Tells its processes apart. */
  readonly instance: string;
  /** Base URL of an OTLP/HTTP receiver, without `/v1/traces`. */
  readonly endpoint: string;
  /** Share of the traces begun here that are kept, 0 to 1; a caller's decision is kept as it is. */
  readonly ratio: number;
  /** Longest a span waits for others to be sent with, milliseconds. Default 5,000. */
  readonly delayMs?: number;
}

const kinds = { internal: Kind.INTERNAL, server: Kind.SERVER, client: Kind.CLIENT } as const;
/** Spans held back at most; more are dropped, never waited for. */
const maxQueued = 4_096;
const closeTimeoutMs = 2_000;

/** Traces by the OpenTelemetry SDK. Only loaded when traces are on. */
export function createOpenTelemetry({
  name,
  instance,
  endpoint,
  ratio,
  delayMs = 5_000,
}: TracingOptions): Tracer {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/u, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.instance.id': instance }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, scheduledDelayMillis: delayMs, maxQueueSize: maxQueued }),
    ],
  });
  return new OpenTelemetry(provider);
}

class OpenTelemetry implements Tracer {
  readonly #provider: TracerProvider;
  readonly #tracer: ApiTracer;
  readonly #contexts = new AsyncLocalStorage<Context>();
  readonly #propagator = new W3CTraceContextPropagator();

  constructor(provider: TracerProvider) {
    this.#provider = provider;
    this.#tracer = provider.getTracer('hanok');
  }

  span<T>(description: SpanDescription, work: (span: Span) => T): T {
    const open = this.#open(description, this.#context());
    try {
      const result = open.enter(() => work(open));
      if (result instanceof Promise) endWith(result, open);
      else open.end();
      return result;
    } catch (error) {
      open.end(failureOf(error));
      throw error;
    }
  }

  begin(
    description: SpanDescription,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): OpenSpan {
    return this.#open(description, this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
  }

  headers(): Readonly<Record<string, string>> {
    const carrier: Record<string, string> = {};
    this.#propagator.inject(this.#context(), carrier, defaultTextMapSetter);
    return carrier;
  }

  place(): TracePlace | undefined {
    const context = this.#contexts.getStore();
    return context === undefined ? undefined : trace.getSpanContext(context);
  }

  record(finished: FinishedSpan): void {
    const { name, kind, attributes = {}, startedAtMs, endedAtMs, events, failure } = finished;
    const span = this.#tracer.startSpan(
      name,
      { kind: kinds[kind], attributes, startTime: startedAtMs },
      ROOT_CONTEXT,
    );
    for (const event of events) span.addEvent(event.name, event.attributes ?? {}, event.atMs);
    if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    span.end(endedAtMs);
  }

  async close(): Promise<void> {
    const late = new Promise((resolve) => {
      setTimeout(resolve, closeTimeoutMs).unref();
    });
    // Nobody is there any more who could do something about a failure.
    await Promise.race([this.#provider.shutdown().catch(() => undefined), late]);
  }

  #context(): Context {
    return this.#contexts.getStore() ?? ROOT_CONTEXT;
  }

  #open({ name, kind, attributes = {} }: SpanDescription, parent: Context): OpenSpan {
    const span = this.#tracer.startSpan(name, { kind: kinds[kind], attributes }, parent);
    const context = trace.setSpan(parent, span);
    return new ActiveSpan(span, (work) => this.#contexts.run(context, work));
  }
}

class ActiveSpan implements OpenSpan {
  readonly enter: <T>(work: () => T) => T;
  readonly #span: ApiSpan;

  constructor(span: ApiSpan, enter: <T>(work: () => T) => T) {
    this.#span = span;
    this.enter = enter;
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  event(name: string, attributes: Attributes = {}): void {
    this.#span.addEvent(name, attributes);
  }

  end(failure?: string): void {
    if (failure !== undefined) this.#span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
    this.#span.end();
  }
}

/** The result itself is handed on, so that whoever awaits it waits for nothing more. */
function endWith(result: Promise<unknown>, span: OpenSpan): void {
  result.then(
    () => span.end(),
    (error: unknown) => span.end(failureOf(error)),
  );
}

function failureOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
