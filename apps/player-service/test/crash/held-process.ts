import { eventually, freePort, startProcess, type ChildHandle } from '@hanok/testkit';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../support/service-process.ts';

const PROGRAM = fileURLToPath(new URL('held-service.ts', import.meta.url));

/** A process of the service, to be killed. */
export interface Victim {
  readonly url: string;
  readonly child: ChildHandle;
}

/**
 * A service process that has loaded its program and not yet begun: no database open, no port taken. Loading is
 * most of a start, so the next process does it while the one before is under load.
 */
export class HeldProcess implements AsyncDisposable {
  readonly #child: ChildHandle;
  readonly #url: string;

  private constructor(child: ChildHandle, url: string) {
    this.#child = child;
    this.#url = url;
  }

  static async load(settings: Settings): Promise<HeldProcess> {
    const port = await freePort();
    const child = await startProcess({
      args: [PROGRAM],
      env: { LOG_LEVEL: 'warn', ...settings, PORT: String(port) },
      readyLine: /^held$/mu,
      readyTimeoutMs: 120_000,
    });
    return new HeldProcess(child, `http://127.0.0.1:${port}`);
  }

  /** Lets it begin; it may be killed at any moment from now on. */
  begin(): Victim {
    this.#child.kill('SIGUSR2');
    return { url: this.#url, child: this.#child };
  }

  /** Lets it begin, and waits until it serves. */
  async serve(): Promise<Victim> {
    const victim = this.begin();
    await eventually(
      async () => {
        const { ok } = await fetch(`${victim.url}/readyz`, { signal: AbortSignal.timeout(10_000) });
        if (!ok) throw new Error('not ready');
      },
      { timeoutMs: 120_000, intervalMs: 10 },
    ).catch((error: unknown) => {
      throw new Error(`the service did not start. It printed:\n${victim.child.output()}`, { cause: error });
    });
    return victim;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}
