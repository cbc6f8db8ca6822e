import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ConfigError } from '../config/load-config.ts';
import type { TlsSettings } from '../config/tls-config.ts';

/** A certificate chain and its key, as PEM, that fit each other. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * The certificate that the settings name, or undefined when they name none.
 *
 * @throws ConfigError when only one of the two files is named, one cannot be read, or they do not fit each other.
 */
export function readServerCertificate(settings: TlsSettings): ServerCertificate | undefined {
  const { tlsCertFile, tlsKeyFile } = settings;
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertFile === undefined || tlsKeyFile === undefined)
    throw new ConfigError(['TLS_CERT_FILE and TLS_KEY_FILE go together: set both or neither']);
  const certificate = {
    cert: readPem('TLS_CERT_FILE', tlsCertFile),
    key: readPem('TLS_KEY_FILE', tlsKeyFile),
  };
  try {
    createSecureContext(certificate);
  } catch (error) {
    throw new ConfigError([
      `TLS_CERT_FILE and TLS_KEY_FILE cannot be used: ${(error as Error).message.toLowerCase()}`,
    ]);
  }
  return certificate;
}

/**
 * Makes every TLS connection that this process opens trust the authorities of `TLS_CA_FILE`, too, whichever library
 * opens it: calls to other services, Redis, PostgreSQL, webhooks.
 *
 * @throws ConfigError when the file cannot be read or holds no certificate.
 */
export function trustAuthorities({ tlsCaFile }: TlsSettings): void {
  if (tlsCaFile === undefined) return;
  const authorities = certificatesOf(readPem('TLS_CA_FILE', tlsCaFile));
  if (authorities.length === 0) throw new ConfigError([`TLS_CA_FILE (${tlsCaFile}) holds no certificate`]);
  try {
    setDefaultCACertificates([...getCACertificates('default'), ...authorities]);
  } catch (error) {
    throw new ConfigError([`TLS_CA_FILE (${tlsCaFile}) cannot be used: ${(error as Error).message}`]);
  }
}

function certificatesOf(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function readPem(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`cannot read ${name} (${path}): ${(error as NodeJS.ErrnoException).code}`]);
  }
}
