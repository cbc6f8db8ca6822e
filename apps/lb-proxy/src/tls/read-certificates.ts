import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '@hanok/service-kit';

/** A certificate with its chain and key, as PEM, and the names it is for, in lower case, with a star where it has one. */
export interface TlsCertificate {
  readonly names: readonly string[];
  readonly chain: string;
  readonly key: string;
}

const FILE_SEPARATOR = '+';

/**
 * Reads TLS_CERTIFICATES: each a PEM file with a certificate, its chain and its key, or two files joined by `+`. The
 * names come from the certificate's subject alternative names, as clients read them (RFC 9525).
 * @throws ConfigError naming every item that cannot be read or used
 */
export async function readCertificates(items: readonly string[]): Promise<TlsCertificate[]> {
  const results = await Promise.allSettled(items.map((item) => readCertificate(item)));
  const violations = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`TLS_CERTIFICATES: ${items[index]}: ${reasonOf(result.reason)}`] : [],
  );
  if (violations.length > 0) throw new ConfigError(violations);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function readCertificate(item: string): Promise<TlsCertificate> {
  const [chainFile = '', keyFile = chainFile] = item.split(FILE_SEPARATOR, 2);
  const [chain, key] = await Promise.all([readFile(chainFile, 'utf8'), readFile(keyFile, 'utf8')]);
  // Fails when there is no certificate, no key, or they do not belong together.
  createSecureContext({ cert: chain, key });
  const names = (new X509Certificate(chain).subjectAltName ?? '')
    .split(', ')
    .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length).toLowerCase()] : []));
  return { names, chain, key };
}

/** What went wrong; OpenSSL's messages name no content of the files. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' ? code : message;
}
