import { ConfigError } from '@hanok/service-kit';
import { loadLibc, type Libc } from './linux/libc.ts';
import { loadRingCalls } from './linux/ring-calls.ts';
import { relayAByte } from './linux/self-test.ts';

/** `auto` takes the first of `uring`, `linux` and `portable` whose self-test passes. */
export type WantedEngine = 'auto' | 'portable' | 'linux' | 'uring';

/** The engine to relay with; those by system calls come with the library they were tested with. */
export type ChosenEngine =
  | { readonly name: 'uring' | 'linux'; readonly libc: Libc; readonly why: string }
  | { readonly name: 'portable'; readonly why: string };

/** @throws ConfigError when the wanted engine does not pass its self-test */
export async function chooseEngine(wanted: WantedEngine): Promise<ChosenEngine> {
  const failures: string[] = [];
  for (const name of ['uring', 'linux'] as const) {
    if (wanted !== 'auto' && wanted !== name) continue;
    try {
      const libc = await loadLibc();
      await relayAByte(libc, name === 'uring' ? await loadRingCalls() : undefined);
      return { name, libc, why: [...failures, 'its self-test passed'].join('; ') };
    } catch (error) {
      const { message } = error as Error;
      if (wanted === name) throw new ConfigError([`RELAY=${name} cannot be used here: ${message}`]);
      failures.push(`${name}: ${message}`);
    }
  }
  return { name: 'portable', why: failures.length > 0 ? failures.join('; ') : 'RELAY=portable' };
}
