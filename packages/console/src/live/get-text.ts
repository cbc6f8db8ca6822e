import { get } from 'node:http';
import type { ServiceEntry } from '../cluster-source.ts';

const timeoutMs = 2_000;
const maxBytes = 2 * 1_024 * 1_024;

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks a service for something that is not JSON, or whose refusal is worth reading.
 *
 * @throws Error when it does not answer in time, or with too much
 */
export async function getText(
  { host, port }: Pick<ServiceEntry, 'host' | 'port'>,
  path: string,
): Promise<TextAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<TextAnswer>();
  const request = get({ host, port, path, signal }, (response) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    response.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) request.destroy(new Error(`the answer is larger than ${maxBytes} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
    );
  });
  request.on('error', reject);
  return promise;
}
