import { get } from 'node:http';
import { get as getSecurely } from 'node:https';
import { serviceScheme, type ServiceAddress } from '@hanok/service-kit';

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
export async function getText(service: ServiceAddress, path: string): Promise<TextAnswer> {
  const { host, port } = service;
  const { promise, resolve, reject } = Promise.withResolvers<TextAnswer>();
  const send = serviceScheme(service) === 'https' ? getSecurely : get;
  const request = send({ host, port, path }, (response) => {
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
  // Cancelled with the answer, unlike a signal of the same duration, which goes off in any case.
  const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  return promise.finally(() => clearTimeout(timer));
}
