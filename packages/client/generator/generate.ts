import { format, resolveConfig } from 'prettier';
import type { ApiDocument, ApiOperation, ApiParameter, JsonSchema } from './document.ts';
import { comment, member, typeOf, type Way } from './type-of.ts';

const HEADER = '// Generated from the API document by `npm run generate`; do not edit.\n\n';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const JSON_TYPE = 'application/json';

interface Route {
  /** `GET /v1/players/{id}` */
  readonly key: string;
  /** `GetPlayersById` */
  readonly name: string;
  readonly tag: string;
  readonly repetition: 'read' | 'keyed' | 'once';
  readonly operation: ApiOperation;
}

/** The generated files by name: the types of each tag's routes, and the list of all routes. */
export async function generate(document: ApiDocument, folder: string): Promise<ReadonlyMap<string, string>> {
  const routes = routesOf(document);
  const tags = [...new Set(routes.map(({ tag }) => tag))].toSorted();
  const config = { ...(await resolveConfig(`${folder}/operations.ts`)), parser: 'typescript' };
  const files = new Map<string, string>();
  for (const tag of tags) {
    const interfaces = routes.filter((route) => route.tag === tag).map(interfaceOf);
    files.set(`${fileOf(tag)}.ts`, await format(HEADER + interfaces.join('\n'), config));
  }
  files.set('operations.ts', await format(HEADER + operations(routes, tags), config));
  return files;
}

/** The game API's routes that answer with JSON, or with nothing. */
function routesOf(document: ApiDocument): Route[] {
  return Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      METHODS.flatMap((method) => {
        const operation = methods[method];
        return operation === undefined || !answersJson(operation) ? [] : [routeOf(method, path, operation)];
      }),
    );
}

function answersJson({ responses }: ApiOperation): boolean {
  return successes(responses).every(({ content }) => content === undefined || JSON_TYPE in content);
}

function successes(responses: ApiOperation['responses']) {
  return Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, response]) => response);
}

function routeOf(method: (typeof METHODS)[number], path: string, operation: ApiOperation): Route {
  const keyed = parametersIn(operation, 'header').some(({ name }) => name === 'idempotency-key');
  const changes = keyed ? 'keyed' : 'once';
  return {
    key: `${method.toUpperCase()} ${path}`,
    name: pascal(method) + path.split('/').slice(2).map(segmentName).join(''),
    tag: operation.tags?.[0] ?? 'other',
    repetition: method === 'get' ? 'read' : changes,
    operation,
  };
}

function segmentName(segment: string): string {
  return segment.startsWith('{') ? `By${pascal(segment.slice(1, -1))}` : pascal(segment);
}

function pascal(text: string): string {
  return text.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/gu, (_, letter: string) => letter.toUpperCase());
}

function interfaceOf({ name, operation }: Route): string {
  const { summary, description, requestBody, responses } = operation;
  const text = [summary, description].filter((each) => each !== undefined).join('\n\n');
  const answers = successes(responses).map(({ content }) =>
    schemaType(content?.[JSON_TYPE]?.schema, 'received'),
  );
  return [
    `${comment(text)}export interface ${name} {`,
    `readonly path: ${parameterType(parametersIn(operation, 'path'))};`,
    `readonly query: ${parameterType(parametersIn(operation, 'query'))};`,
    `readonly body: ${schemaType(requestBody?.content[JSON_TYPE]?.schema, 'sent')};`,
    `readonly answer: ${[...new Set(answers)].join(' | ')};`,
    '}\n',
  ].join('\n');
}

function parametersIn({ parameters = [] }: ApiOperation, place: ApiParameter['in']): ApiParameter[] {
  return parameters.filter((parameter) => parameter.in === place);
}

function parameterType(parameters: readonly ApiParameter[]): string {
  if (parameters.length === 0) return 'undefined';
  const members = parameters.map(({ name, required = false, schema, description }) =>
    member(name, required, { ...schema, ...(description === undefined ? {} : { description }) }, 'sent'),
  );
  return `{\n${members.join('\n')}\n}`;
}

function schemaType(schema: JsonSchema | undefined, way: Way): string {
  return schema === undefined || schema.type === 'null' ? 'undefined' : typeOf(schema, way);
}

function fileOf(tag: string): string {
  return tag.toLowerCase().replaceAll(/[^a-z0-9]+/gu, '-');
}

function operations(routes: readonly Route[], tags: readonly string[]): string {
  const imports = tags.map((tag) => {
    const names = routes.filter((route) => route.tag === tag).map(({ name }) => name);
    return `import type { ${names.join(', ')} } from './${fileOf(tag)}.ts';\n`;
  });
  const types = routes.map(({ key, name }) => `readonly '${key}': ${name};`);
  const repetitions = routes.map(({ key, repetition }) => `'${key}': '${repetition}',`);
  return `${imports.join('')}
/** Every route of the API: what it takes, and what it answers. */
export interface Operations {
${types.join('\n')}
}

/**
 * Whether a call may be sent again when its answer is lost: a \`read\` may, a change that carries an Idempotency-Key
 * (\`keyed\`) may, any other only when its caller knows that it does no harm.
 */
export const repetitions: Readonly<Record<keyof Operations, 'read' | 'keyed' | 'once'>> = {
${repetitions.join('\n')}
};
`;
}
