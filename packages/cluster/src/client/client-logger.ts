/** The part of a pino logger that the client uses. */
export interface ClientLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Says nothing. */
export const silentLogger: ClientLogger = { info: () => undefined, warn: () => undefined };
