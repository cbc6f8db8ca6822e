import { Client } from 'pg';
import type { DriverValue } from '../entity/codec.ts';
import type { CompiledQuery } from '../query/executor.ts';
import { resultTypes, type PostgresResult } from './values.ts';

export interface PostgresSettings {
  readonly connectionString: string;
  /** The server ends any statement after this. */
  readonly statementTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const CHECK_TIMEOUT_MS = 2_000;
/** A server that does not answer this long after its own time-out is taken for dead. */
const SILENCE_MS = 5_000;

/** One connection to PostgreSQL. Throws what `pg` throws; callers translate, since they know what was under way. */
export class PostgresConnection {
  readonly #client: Client;
  #broken = false;

  private constructor(client: Client) {
    this.#client = client;
    // Heard also while idle, when no query would report it; unheard it would end the process.
    client.on('error', () => this.#markBroken());
    client.on('end', () => this.#markBroken());
  }

  static async open(settings: PostgresSettings): Promise<PostgresConnection> {
    const client = new Client({
      connectionString: settings.connectionString,
      application_name: 'hanok',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: settings.statementTimeoutMs,
      query_timeout: settings.statementTimeoutMs + SILENCE_MS,
      keepAlive: true,
      // Statements of one transaction that are not awaited one by one travel together.
      pipeline: true,
      types: resultTypes,
    });
    const connection = new PostgresConnection(client);
    await client.connect();
    return connection;
  }

  /** Whether it broke; a broken connection never heals. */
  get broken(): boolean {
    return this.#broken;
  }

  #markBroken(): void {
    this.#broken = true;
  }

  /** Runs a compiled query, prepared under its name on first use. */
  query(
    query: CompiledQuery,
    values: readonly (DriverValue | readonly DriverValue[])[],
  ): Promise<PostgresResult> {
    const { name, text } = query;
    return this.#client.query({ text, values: [...values], ...(name === undefined ? {} : { name }) });
  }

  /** Runs statements as they are, in one round trip; no parameters. `timeoutMs` replaces the usual one. */
  async script(text: string, timeoutMs?: number): Promise<void> {
    await this.#client.query({ text, ...(timeoutMs === undefined ? {} : { query_timeout: timeoutMs }) });
  }

  /** Like `script`, and gives the command tag of the only statement. */
  async command(text: string): Promise<string> {
    const result = await this.#client.query(text);
    return result.command;
  }

  /** Whether the server still answers. */
  async answers(): Promise<boolean> {
    try {
      await this.script('SELECT 1', CHECK_TIMEOUT_MS);
      return true;
    } catch {
      this.destroy();
      return false;
    }
  }

  /** Says goodbye and closes, without waiting. */
  close(): void {
    this.#broken = true;
    this.#client.end().catch(() => undefined);
  }

  /** Cuts the connection: whatever is under way fails, and the server rolls back. */
  destroy(): void {
    this.#broken = true;
    this.#client.connection.stream.destroy();
  }
}
