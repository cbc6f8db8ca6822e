import type { Page } from './pages.ts';

/** The parts of an OpenAPI document that the reference shows. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Content };
  readonly responses?: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content }>
  >;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

/** A page of the site for a service's API, made from its OpenAPI document. */
export function apiPage(document: ApiDocument): Page {
  const { title, description = '' } = document.info;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => describe(method, path, operation)),
  );
  return {
    source: `docs/api/${title}.md`,
    target: `docs/api/${title}.html`,
    title: `${title} API`,
    section: 'API',
    markdown: [`# ${title} API`, description, ...operations].join('\n\n'),
  };
}

function describe(method: string, path: string, operation: Operation): string {
  const parts = [`## ${method.toUpperCase()} ${path}`, operation.summary, operation.description];
  const fields = fieldsOf(operation);
  if (fields.length > 0) parts.push(table(['Field', 'In', 'Type', 'Meaning'], fields));
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => [
    status,
    answer.description ?? '',
    Object.keys(schemaOf(answer.content)?.properties ?? {})
      .map((name) => `\`${name}\``)
      .join(', '),
  ]);
  if (answers.length > 0) parts.push(table(['Answer', 'Meaning', 'Fields'], answers));
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

function fieldsOf({ parameters = [], requestBody }: Operation): string[][] {
  const body = schemaOf(requestBody?.content);
  const required = new Set(body?.required);
  return [
    ...parameters.map((each) => [
      name(each.name, each.required),
      each.in,
      typeOf(each.schema),
      each.description ?? '',
    ]),
    ...Object.entries(body?.properties ?? {}).map(([key, schema]) => [
      name(key, required.has(key)),
      'body',
      typeOf(schema),
      schema.description ?? '',
    ]),
  ];
}

const schemaOf = (content: Content | undefined): Schema | undefined =>
  Object.values(content ?? {})[0]?.schema;
const name = (text: string, required = false) => `\`${text}\`${required ? ' (required)' : ''}`;
const typeOf = (schema: Schema | undefined) => [schema?.type ?? ''].flat().join(' or ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`).replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
