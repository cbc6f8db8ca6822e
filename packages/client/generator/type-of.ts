import type { JsonSchema } from './document.ts';

/** Whether the values of a type go to the service or come from it: what has a default need not be sent. */
export type Way = 'sent' | 'received';

/** The TypeScript type of a JSON Schema. */
export function typeOf(schema: JsonSchema, way: Way): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return union(schema.enum.map((value) => JSON.stringify(value)));
  if (schema.anyOf !== undefined) return union(schema.anyOf.map((each) => typeOf(each, way)));
  if (Array.isArray(schema.type))
    return union(schema.type.map((type: string) => typeOf({ ...schema, type }, way)));
  switch (schema.type) {
    case 'object':
      return objectType(schema, way);
    case 'array':
      return `readonly (${schema.items === undefined ? 'unknown' : typeOf(schema.items, way)})[]`;
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    default:
      return 'unknown';
  }
}

/** A member of an interface, with its description. */
export function member(name: string, required: boolean, schema: JsonSchema, way: Way): string {
  const optional = !required || (way === 'sent' && schema.default !== undefined);
  return `${comment(schema.description)}readonly ${quoted(name)}${optional ? '?' : ''}: ${typeOf(schema, way)};`;
}

/** A doc comment on lines of its own, or nothing. */
export function comment(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  const lines = text
    .replaceAll('*/', '*\\/')
    .split('\n')
    .flatMap((line) => wrapped(line));
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */\n`;
}

const LINE = 100;

function wrapped(line: string): string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length >= LINE) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

function objectType(
  { properties = {}, required = [], additionalProperties, patternProperties }: JsonSchema,
  way: Way,
): string {
  const members = Object.entries(properties).map(([name, schema]) =>
    member(name, required.includes(name), schema, way),
  );
  if (members.length > 0) return `{\n${members.join('\n')}\n}`;
  const [pattern] = Object.values(patternProperties ?? {});
  const values = pattern ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
  return `Readonly<Record<string, ${values === undefined ? 'unknown' : typeOf(values, way)}>>`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ');
}

function quoted(name: string): string {
  return /^[A-Za-z_]\w*$/u.test(name) ? name : JSON.stringify(name);
}
