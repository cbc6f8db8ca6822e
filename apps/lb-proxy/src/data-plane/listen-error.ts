/** The configured address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's error code, e.g. EADDRINUSE. */
  readonly code: string;
  readonly address: string;
  readonly port: number;

  constructor(code: string, { host, port }: { host: string; port: number }, message: string) {
    super(message);
    this.code = code;
    this.address = host;
    this.port = port;
  }
}
