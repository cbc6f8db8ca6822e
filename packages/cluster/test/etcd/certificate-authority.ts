import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';

/** Files of a certificate, and what is in them. */
export interface IssuedCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** Issues certificates that nobody else trusts, by openssl. */
export class CertificateAuthority {
  readonly #folder: string;
  readonly certFile: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.certFile = join(folder, 'ca.crt');
  }

  static async make(folder: string): Promise<CertificateAuthority> {
    const ca = new CertificateAuthority(folder);
    const keyFile = join(folder, 'ca.key');
    await openssl(
      `req -x509 ${newKey} -days 2`,
      '-subj',
      '/CN=authority',
      '-keyout',
      keyFile,
      '-out',
      ca.certFile,
    );
    return ca;
  }

  cert(): Promise<string> {
    return readFile(this.certFile, 'utf8');
  }

  /**
   * For a server on 127.0.0.1 and for a client: etcd's own gateway shows the server's certificate as a client. Without
   * a common name: etcd would take it for a user, and its gateway refuses such clients.
   */
  async issue(name: string): Promise<IssuedCertificate> {
    const base = join(this.#folder, name);
    const [certFile, keyFile] = [`${base}.crt`, `${base}.key`];
    const [request, extensions] = [`${base}.csr`, `${base}.ext`];
    await writeFile(
      extensions,
      'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
    );
    await openssl(`req ${newKey}`, '-subj', `/O=${name}`, '-keyout', keyFile, '-out', request);
    const issuer = ['-CA', this.certFile, '-CAkey', join(this.#folder, 'ca.key'), '-CAcreateserial'];
    await openssl('x509 -req -days 2', ...issuer, '-in', request, '-extfile', extensions, '-out', certFile);
    return {
      certFile,
      keyFile,
      cert: await readFile(certFile, 'utf8'),
      key: await readFile(keyFile, 'utf8'),
    };
  }
}

async function openssl(command: string, ...files: readonly string[]): Promise<void> {
  await run('openssl', [...command.split(' '), ...files]);
}
