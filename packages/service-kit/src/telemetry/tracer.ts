/** Values that a span may carry. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A part of a trace that is under way. */
export interface Span {
  set(attributes: Attributes): void;
  /** Something that happened at a moment of the span. */
  event(name: string, attributes?: Attributes): void;
  /** Runs `work` so that everything it starts, also later, is part of this span. */
  enter<T>(work: () => T): T;
}

/** Which side of a call a span is; see the OpenTelemetry specification, "SpanKind". */
export type SpanKind = 'internal' | 'server' | 'client';

/** What a new span is. */
export interface SpanDescription {
  /** Of few different values: no ids in it. */
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
}

/** Where a line of a log belongs. */
export interface TracePlace {
  readonly traceId: string;
  readonly spanId: string;
}

/** A span that was measured elsewhere, such as in a worker, and is over. Times are milliseconds since the epoch. */
export interface FinishedSpan extends SpanDescription {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly events: readonly {
    readonly name: string;
    readonly atMs: number;
    readonly attributes?: Attributes;
  }[];
  /** Why it failed; absent: it did not. */
  readonly failure?: string;
}

/** A span that its owner ends. */
export interface OpenSpan extends Span {
  /** @param failure why it failed; without it, it did not */
  end(failure?: string): void;
}

/** Records what happens as traces. There is one in a process, or none. */
export interface Tracer {
  /**
   * Runs `work` in a span below the current one. The span ends when the result has settled, and fails when it
   * rejects or `work` throws.
   */
  span<T>(description: SpanDescription, work: (span: Span) => T): T;
  /** Begins a span that continues the caller's trace if its headers name one (W3C Trace Context). */
  begin(
    description: SpanDescription,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): OpenSpan;
  /** The header that lets a called service continue the current trace (W3C Trace Context); empty outside of one. */
  headers(): Readonly<Record<string, string>>;
  /** The current span; undefined outside of one. */
  place(): TracePlace | undefined;
  record(span: FinishedSpan): void;
  /** Sends what is still held back. Never rejects. */
  close(): Promise<void>;
}

let current: Tracer | undefined;

/**
 * The tracer of this process; undefined while traces are off, which is the default. Whoever could be traced asks
 * this first and does nothing else when there is none: that is all that tracing costs then.
 */
export function currentTracer(): Tracer | undefined {
  return current;
}

/** Sets the tracer of this process; undefined turns traces off for what is opened from now on. */
export function useTracer(tracer: Tracer | undefined): void {
  current = tracer;
}
