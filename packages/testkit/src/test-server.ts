import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningServer, runServer, type Invocation } from './running-server.ts';

/** A real server that belongs to the test. */
export interface TestServer extends AsyncDisposable {
  /** Where it is, in the form Hanok's settings take. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Ends it with SIGKILL, its helpers too; its data stays for `restart`. */
  kill(): Promise<void>;
  /** Stops it in its tracks (SIGSTOP): connections stay open, nothing is answered. */
  pause(): void;
  /** Lets it go on after `pause`. */
  resume(): void;
  /** Starts it again on the same port and data, after `kill` or, ending it first, while it runs. */
  restart(): Promise<void>;
  /** Ends it and removes its data. May be called again. */
  stop(): Promise<void>;
}

/** How to start a server of the test's own, and what to do about it afterwards. */
export interface ServerPlan {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  readonly invocation: Invocation;
  /** Resolves when the server answers; a rejection means not yet. */
  readonly probe: () => Promise<void>;
  /** Called once, when the server has been stopped. */
  readonly removeData: () => Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const PROBE_INTERVAL_MS = 25;

/**
 * Starts a server and waits until it answers.
 *
 * @throws Error with the server's output when it ends or does not answer within a minute
 */
export async function startOwnServer(plan: ServerPlan): Promise<TestServer> {
  let running = await launch(plan);
  let stopped: Promise<void> | undefined;
  const assertNotStopped = (): void => {
    if (stopped !== undefined) throw new Error(`${plan.name} has been stopped, with its data`);
  };
  const stop = (): Promise<void> => (stopped ??= running.end().then(plan.removeData));
  return {
    url: plan.url,
    host: '127.0.0.1',
    port: plan.port,
    kill: () => running.kill(),
    pause() {
      assertNotStopped();
      running.pause();
    },
    resume() {
      assertNotStopped();
      running.resume();
    },
    async restart() {
      assertNotStopped();
      await running.kill();
      running = await launch(plan);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(plan: ServerPlan): Promise<RunningServer> {
  const running = await runServer(plan.invocation);
  let ended = false;
  void running.child.exited.then(() => (ended = true));
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await plan.probe();
      if (!ended) return running;
    } catch (error) {
      if (!ended && performance.now() < deadlineMs) {
        await sleep(PROBE_INTERVAL_MS);
        continue;
      }
      await running.kill();
      const failure = ended ? 'ended at once' : `did not answer within ${READY_TIMEOUT_MS} ms`;
      throw new Error(`${plan.name} ${failure}. It printed:\n${running.child.output()}`, { cause: error });
    }
  }
}

/** A server that was there before the test: it can be used, not ended. */
export interface SharedServerOptions {
  readonly name: string;
  /** Where its address came from. */
  readonly urlVariable: string;
  readonly url: string;
  readonly defaultPort: number;
  /** Removes what this test put there. */
  readonly cleanUp: () => Promise<void>;
}

/** A server from the environment as a {@link TestServer} whose kill, pause, resume and restart throw. */
export function sharedServer({
  name,
  urlVariable,
  url,
  defaultPort,
  cleanUp,
}: SharedServerOptions): TestServer {
  const { hostname, port } = new URL(url);
  const refusal = (action: string): Error =>
    new Error(
      `Cannot ${action} the ${name} of ${urlVariable}: it is not the test's own. ` +
        'Ask for one with { dedicated: true }, or unset the variable.',
    );
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= cleanUp());
  return {
    url,
    host: hostname,
    port: port === '' ? defaultPort : Number(port),
    kill: () => Promise.reject(refusal('kill')),
    pause() {
      throw refusal('pause');
    },
    resume() {
      throw refusal('resume');
    },
    restart: () => Promise.reject(refusal('restart')),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
