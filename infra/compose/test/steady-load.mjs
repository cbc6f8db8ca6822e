// Clients that ask for one thing after the other until standard input ends. No request is ever repeated: one that gets no
// answer, or another than 2xx, has failed. Then a line says how many were answered, how many failed, and why.
//
//   node infra/compose/test/steady-load.mjs outside|inside
//
// A client that knows several addresses goes on at the next one when it could not connect, so that nothing was sent, or
// when an answer has ended the connection: any client of a name with several addresses has to.
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const timeoutMs = 10_000;
/** Between two requests of one client: the machine has containers to start meanwhile. */
const pauseMs = 5;
/** Between two connections of one client: each leaves its port in use for a minute. */
const connectPauseMs = 10;

const look = { method: 'GET', path: '/v1/players?limit=1' };
const count = { method: 'POST', path: '/v1/counters/rolling-upgrade', body: '{"by":1}' };
const nodes = { method: 'GET', path: '/v1/nodes?service=player-service' };
const game = { addresses: ['127.0.0.1:8080'] };
const caches = { addresses: ['cache-service:8020', 'cache-service-2:8021'] };
const coordinators = { addresses: ['coordinator-1:7001', 'coordinator-2:7002', 'coordinator-3:7003'] };

const errands = {
  // Games, by the published port of lb-proxy: on connections that last, and on a new one for each request.
  outside: [
    { ...game, ...look, lasts: true },
    { ...game, ...count, lasts: true },
    { ...game, ...count, lasts: true },
    { ...game, ...look, lasts: false },
    { ...game, ...count, lasts: false },
  ],
  // Game servers, in the network of the containers.
  inside: [
    { ...caches, ...count, lasts: true },
    { ...caches, ...count, lasts: false },
    { ...coordinators, ...nodes, lasts: true },
  ],
};

const ended = new AbortController();
process.stdin.resume().on('end', () => ended.abort());

let answered = 0;
const failures = [];
await Promise.all(errands[process.argv.at(-1)].map(goOn));
process.stdout.write(`${answered} ${failures.length} ${failures.slice(0, 3).join('; ')}\n`);

async function goOn(errand) {
  const agent = new Agent({ keepAlive: errand.lasts, maxSockets: 1 });
  let turn = 0;
  while (!ended.signal.aborted) {
    let result;
    for (let tries = 0; tries < errand.addresses.length; tries += 1) {
      const address = errand.addresses[turn % errand.addresses.length];
      result = await ask(agent, address, errand);
      if (result.goesElsewhere) turn += 1;
      if (result.wasSent) break;
    }
    if (result.failure === undefined) answered += 1;
    else failures.push(`${errand.method} ${errand.path}: ${result.failure}`);
    await sleep(errand.lasts ? pauseMs : connectPauseMs);
  }
  agent.destroy();
}

function ask(agent, address, { method, path, body }) {
  const [host, port] = address.split(':');
  const headers = {
    authorization: `Bearer ${process.env.ADMIN_TOKEN}`,
    ...(body && { 'content-type': 'application/json' }),
  };
  return new Promise((resolve) => {
    const sent = request({ host, port, method, path, headers, agent, timeout: timeoutMs }, (response) => {
      const { statusCode } = response;
      const goesElsewhere = response.headers.connection === 'close';
      const failure = statusCode < 300 ? undefined : `${address} answered ${statusCode}`;
      response.on('end', () => resolve({ wasSent: true, goesElsewhere, failure }));
      response.on('error', (error) => resolve({ wasSent: true, failure: `broken answer: ${error.message}` }));
      response.resume();
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sent.on('error', ({ message, syscall }) => {
      const wasSent = syscall !== 'connect' && syscall !== 'getaddrinfo';
      resolve({ wasSent, goesElsewhere: !wasSent, failure: `${address}: ${message}` });
    });
    sent.end(body);
  });
}
