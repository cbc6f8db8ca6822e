import { pino, type Logger } from 'pino';
import { PinoPretty as pinoPretty } from 'pino-pretty';
import { standardLogStream } from './log-stream.ts';
import { currentRequestId } from './request-context.ts';
import { currentTracer } from './telemetry/tracer.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** The service's name, on every line. */
  readonly name: string;
  /** Default `info`. */
  readonly level?: string;
  /** `json` (default) or `pretty` for people at a terminal. */
  readonly format?: 'json' | 'pretty';
}

/** Header and field names whose values are never written to a log. */
const secretPaths = [
  'req.headers.authorization',
  'req.headers.cookie',
  'headers.authorization',
  'headers.cookie',
  'password',
  'token',
  'adminToken',
  '*.password',
  '*.token',
  '*.adminToken',
];

/** A pino logger that writes to standard output, with secrets redacted. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    name: options.name,
    level: options.level ?? 'info',
    redact: { paths: secretPaths, censor: '[redacted]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: requestOfLine,
  };
  if (options.format !== 'pretty') return pino(settings, standardLogStream());
  return pino(
    settings,
    pinoPretty({
      colorize: process.stdout.isTTY,
      ignore: 'pid,hostname,name',
      translateTime: 'HH:MM:ss.l',
      singleLine: true,
      sync: true,
    }),
  );
}

/** Names the request, and the place in its trace, on every line that is written while it is handled. */
function requestOfLine(): { reqId?: string; trace_id?: string; span_id?: string } {
  const reqId = currentRequestId();
  const place = currentTracer()?.place();
  return {
    ...(reqId === undefined ? {} : { reqId }),
    // The names by which log stores find traces (OpenTelemetry, "Trace Context in non-OTLP Log Formats").
    ...(place === undefined ? {} : { trace_id: place.traceId, span_id: place.spanId }),
  };
}

/** A logger that writes nothing, for tests and libraries without one. */
export const silentLogger: Logger = pino({ level: 'silent' });
