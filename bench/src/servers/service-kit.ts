import { createServer } from '@hanok/service-kit';
import type { AddressInfo } from 'node:net';
import { greeting } from './greeting.ts';

const server = await createServer({ name: 'greeter', description: 'For measurement', host: '127.0.0.1' });
const params = { type: 'object', properties: { name: { type: 'string', maxLength: 32 } } };
server.get<{ Params: { name: string } }>('/greetings/:name', { schema: { params } }, (request, reply) => {
  void reply.send(greeting(request.params.name));
});
await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`listening ${(server.server.address() as AddressInfo).port}\n`);
