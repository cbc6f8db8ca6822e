import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { usageError } from '../errors.ts';

/**
 * Makes every connection of this process trust the authorities in a PEM file, besides the well-known ones.
 *
 * @throws CliError when it cannot be read or holds no certificate
 */
export function trustAuthorities(path: string): void {
  const authorities = read(path).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu) ?? [];
  if (authorities.length === 0) throw usageError(`${path} (--ca-file) holds no certificate`);
  try {
    setDefaultCACertificates([...getCACertificates('default'), ...authorities]);
  } catch (error) {
    throw usageError(`${path} (--ca-file) cannot be used: ${(error as Error).message}`);
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(`cannot read ${path} (--ca-file): ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** What is wrong with a certificate, by the codes of OpenSSL and Node. */
const troubles: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ...Object.fromEntries(
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'CERT_SIGNATURE_FAILURE',
    ].map((code) => [
      code,
      'its certificate is of an authority that is not trusted here: name it with --ca-file',
    ]),
  ),
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
};

/** Why a service is not believed to be itself, where that is the cause of a failure. */
export function tlsTrouble(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const trouble = 'code' in cause && typeof cause.code === 'string' ? troubles[cause.code] : undefined;
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}
