import type { Operation, Schema } from './api-document.ts';
import type { Sampler } from './sampler.ts';

/** A request as it goes over the wire. */
export interface FuzzRequest {
  readonly operation: Operation;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** Values that earlier answers brought to light, by the name of their member (see `findingName`). */
export type Findings = ReadonlyMap<string, readonly string[]>;

/** Under which name a value is found again: an `id` is one of its collection, and players are named everywhere. */
export function findingName(operation: Operation, name: string): string {
  if (/playerId$/iu.test(name)) return 'players.id';
  return name === 'id' ? `${operation.path.split('/')[2]}.id` : name;
}

const BROKEN_TEXTS: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  '',
  '{',
  '[]',
  'null',
  '5',
  '"text"',
  '{"__proto__":{"admin":true}}',
  '{"unknownField":1}',
  '{"a":'.repeat(2_000),
  JSON.stringify({ filler: 'x'.repeat(100_000) }),
  Uint8Array.of(0x7b, 0xff, 0x7d),
];
const ODD_SEGMENTS = [
  '0',
  '-1',
  '9223372036854775807',
  '9223372036854775808',
  '%ff',
  '%00',
  '..%2f',
  '*',
  '1e3',
];
const ODD_QUERIES = ['', '-1', 'abc', '1e999', '99999999999', '%00', '%ff', '[]', '%F0%9F%92%A5', "'--"];
const ODD_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { authorization: 'Basic abc' },
  { authorization: 'Bearer hps_1.nonsense' },
  { authorization: 'Bearer hpk_nonsense' },
  { 'if-match': 'nonsense' },
  { 'if-match': '"1", W/"2", *' },
  { 'if-none-match': '*' },
  { 'idempotency-key': ' ' },
  { 'idempotency-key': 'a-short-key' },
  { 'idempotency-key': 'x'.repeat(200) },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=latin1' },
];

/** Makes requests to an API out of its document, valid ones and broken ones. */
export class RequestMaker {
  readonly #sampler: Sampler;
  readonly #found: Findings;
  readonly #adminToken: string;

  constructor(sampler: Sampler, found: Findings, adminToken: string) {
    this.#sampler = sampler;
    this.#found = found;
    this.#adminToken = adminToken;
  }

  /** A request to this operation; about one in three is broken in some way. */
  make(operation: Operation): FuzzRequest {
    const request = this.#valid(operation);
    return this.#sampler.chance(0.35) ? this.#broken(request) : request;
  }

  #valid(operation: Operation): FuzzRequest {
    const sampler = this.#sampler;
    const path = operation.path.replaceAll(/\{([^}]+)\}/gu, (_whole, name: string) => {
      const schema = operation.parameters.find((each) => each.in === 'path' && each.name === name)?.schema;
      return encodeURIComponent(String(this.#known(findingName(operation, name), schema ?? {})));
    });
    const query = operation.parameters
      .filter((each) => each.in === 'query' && (each.required === true || sampler.chance(0.4)))
      .map(
        ({ name, schema }) =>
          `${name}=${encodeURIComponent(String(this.#known(findingName(operation, name), schema)))}`,
      );
    const body =
      operation.body === undefined ? undefined : this.#withKnown(operation, sampler.valid(operation.body));
    return {
      operation,
      path: query.length === 0 ? path : `${path}?${query.join('&')}`,
      headers: {
        ...this.#credential(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(operation.method !== 'GET' && sampler.chance(0.3)
          ? { 'idempotency-key': `a-key-of-enough-letters-${sampler.below(40)}` }
          : {}),
        ...(sampler.chance(0.2) ? { 'if-match': `"${1 + sampler.below(3)}"` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    };
  }

  #broken(request: FuzzRequest): FuzzRequest {
    const sampler = this.#sampler;
    const { operation } = request;
    const spoil: (() => FuzzRequest)[] = [
      () => ({ ...request, headers: { ...request.headers, ...sampler.pick(ODD_HEADERS) } }),
      () => {
        const name = sampler.pick([
          ...operation.parameters.filter((each) => each.in === 'query'),
          { name: 'unknown' },
        ]).name;
        const mark = request.path.includes('?') ? '&' : '?';
        return { ...request, path: `${request.path}${mark}${name}=${sampler.pick(ODD_QUERIES)}` };
      },
    ];
    if (operation.path.includes('{')) {
      spoil.push(() => ({
        ...request,
        path: operation.path.replaceAll(/\{[^}]+\}/gu, () => sampler.pick(ODD_SEGMENTS)),
      }));
    }
    if (operation.body !== undefined) {
      const body: unknown = JSON.parse(String(request.body));
      spoil.push(
        () => ({ ...request, body: sampler.pick(BROKEN_TEXTS) }),
        () => ({ ...request, body: JSON.stringify(this.#spoiled(body, operation.body ?? {})) }),
        () => ({ ...request, body: JSON.stringify(this.#spoiled(body, operation.body ?? {})) }),
      );
    }
    return sampler.pick(spoil)();
  }

  /** The same body with one member that is odd, missing or unknown. */
  #spoiled(body: unknown, { properties = {} }: Schema): unknown {
    if (typeof body !== 'object' || body === null) return this.#sampler.odd();
    const members: Record<string, unknown> = { ...body };
    const name = this.#sampler.pick([...Object.keys(properties), 'unknownField']);
    if (this.#sampler.chance(0.2)) delete members[name];
    else members[name] = this.#sampler.odd();
    return members;
  }

  #credential(): Record<string, string> {
    const tokens = [...(this.#found.get('token') ?? []), ...(this.#found.get('key') ?? [])];
    if (this.#sampler.chance(0.1)) return {};
    const token =
      tokens.length > 0 && this.#sampler.chance(0.3) ? this.#sampler.pick(tokens) : this.#adminToken;
    return { authorization: `Bearer ${token}` };
  }

  /** Mostly a value that an answer has shown for this name, else one that merely fits. */
  #known(name: string, schema: Schema): unknown {
    const values = this.#found.get(name);
    if (values !== undefined && this.#sampler.chance(0.8)) return this.#sampler.pick(values);
    return this.#sampler.valid(schema);
  }

  #withKnown(operation: Operation, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#withKnown(operation, each));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]: [string, unknown]) => [
        name,
        typeof member === 'string'
          ? this.#known(findingName(operation, name), { enum: [member] })
          : this.#withKnown(operation, member),
      ]),
    );
  }
}
