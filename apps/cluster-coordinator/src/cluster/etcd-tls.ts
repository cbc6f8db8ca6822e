import { readFile } from 'node:fs/promises';
import type { EtcdTls } from '@hanok/cluster';
import { ConfigError } from '@hanok/service-kit';
import type { CoordinatorConfig } from '../config.ts';

type EtcdFiles = Pick<CoordinatorConfig, 'etcdCaFile' | 'etcdCertFile' | 'etcdKeyFile'>;

/**
 * Reads the files that TLS to etcd needs.
 *
 * @throws ConfigError for a certificate without a key or the reverse, and for files that cannot be read.
 */
export async function readEtcdTls({ etcdCaFile, etcdCertFile, etcdKeyFile }: EtcdFiles): Promise<EtcdTls> {
  if ((etcdCertFile === undefined) !== (etcdKeyFile === undefined)) {
    throw new ConfigError(['ETCD_CERT_FILE and ETCD_KEY_FILE go together: set both or neither']);
  }
  return {
    ca: await read('ETCD_CA_FILE', etcdCaFile),
    cert: await read('ETCD_CERT_FILE', etcdCertFile),
    key: await read('ETCD_KEY_FILE', etcdKeyFile),
  };
}

async function read(setting: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError([`${setting} ${file} cannot be read: ${code ?? message}`]);
  }
}
