import assert from 'node:assert/strict';
import type { Suite } from '../harness/suite.ts';
import { requestsPerCpuSecond } from '../harness/http-load.ts';
import { startServer } from '../harness/http-server-process.ts';
import { greeting } from '../servers/greeting.ts';

/** What the server that every service starts from costs beside fastify alone. */
export const serviceKitSuite: Suite = {
  name: 'service-kit',
  async prepare() {
    const bare = await startServer(new URL('../servers/bare-fastify.ts', import.meta.url));
    const ours = await startServer(new URL('../servers/service-kit.ts', import.meta.url));
    const path = '/greetings/mina';
    for (const server of [bare, ours]) {
      assert.deepEqual(await (await fetch(server.url + path)).json(), greeting('mina'));
    }
    return {
      comparisons: [
        {
          title: 'GET of a small JSON body: metrics, request ids and problems on',
          unit: 'requests per CPU-second',
          peer: { name: 'bare fastify', measure: () => requestsPerCpuSecond(bare, { path }) },
          ours: { name: 'service-kit', measure: () => requestsPerCpuSecond(ours, { path }) },
        },
      ],
      async [Symbol.asyncDispose]() {
        await bare[Symbol.asyncDispose]();
        await ours[Symbol.asyncDispose]();
      },
    };
  },
};
