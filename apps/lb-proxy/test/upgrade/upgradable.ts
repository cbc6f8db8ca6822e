import { join } from 'node:path';
import { eventually, freePorts, startProcess, type ChildHandle } from '@hanok/testkit';
import { ENGINES } from '../fixtures/test-proxy.ts';

/** The engines of this platform whose connections can move. */
export const MOVABLE = ENGINES.filter((engine) => engine !== 'portable');

const main = new URL('../../src/main.ts', import.meta.url).pathname;

export interface Statistics {
  readonly connections: { readonly active: number };
  readonly backends: readonly { readonly health: string; readonly activeConnections: number }[];
}

/** Starts lb-proxies of one configuration, one after the other. */
export interface Upgradable {
  readonly game: number;
  start(changes?: Readonly<Record<string, string>>): Promise<ChildHandle>;
  /** The same without waiting until it listens. */
  begin(): Promise<ChildHandle>;
  statistics(): Promise<Statistics>;
  /** Waits until the backend has passed its first check. */
  isUp(): Promise<void>;
}

/** @param folder where their upgrade socket is */
export async function upgradable(
  backendPort: number,
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Upgradable> {
  const [game = 0, admin = 0] = await freePorts(2);
  const env = {
    LISTEN: `127.0.0.1:${game}`,
    PORT: String(admin),
    BACKENDS: `a@127.0.0.1:${backendPort}`,
    WORKERS: '2',
    UPGRADE_SOCKET: join(folder, 'upgrade.sock'),
    ...more,
  };
  const statistics = async (): Promise<Statistics> =>
    (await (await fetch(`http://127.0.0.1:${admin}/v1/stats`)).json()) as Statistics;
  return {
    game,
    statistics,
    start: (changes = {}) =>
      startProcess({ args: [main], env: { ...env, ...changes }, readyLine: /lb-proxy listens on/ }),
    begin: () => startProcess({ args: [main], env }),
    isUp: () =>
      eventually(async () => (await statistics()).backends[0]?.health === 'up').then(() => undefined),
  };
}
