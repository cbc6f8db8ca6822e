import createCompilers from '@fastify/fast-json-stringify-compiler';
import type { FastifyInstance } from 'fastify';

/**
 * Compiles the serializer of an answer when the first such answer is sent. A service has hundreds of them, most of
 * them for refusals, and to compile all of them would be most of its start.
 */
export function serializeOnDemand(server: FastifyInstance): void {
  const compile = createCompilers()();
  server.setSerializerCompiler((route) => {
    let serialize: ((answer: unknown) => string) | undefined;
    return (answer) => {
      serialize ??= compile({ httpStatus: '', ...route });
      return serialize(answer);
    };
  });
}
