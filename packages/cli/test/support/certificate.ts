import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { ServiceCertificate } from './small-stack.ts';

/** A self-signed certificate for 127.0.0.1, which is its own authority, made by openssl. */
export function makeCertificate(folder: string, name: string): ServiceCertificate {
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...key, '-keyout', keyFile, '-out', certFile, ...names], {
    stdio: 'ignore',
  });
  return { certFile, keyFile };
}
