import type { Rng } from '@hanok/service-kit';
import { sample, string, stringMatching } from 'fast-check';
import type { Schema } from './api-document.ts';

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [[]],
  -1,
  1.5,
  1e308,
  2 ** 60,
  -(2 ** 60),
  '',
  'x'.repeat(5_000),
  '﷽'.repeat(300),
  'a\0b',
  '\u{d800}',
  "'; DROP TABLE players; --",
  '../../etc/passwd',
  'x\r\ny',
  '__proto__',
];

/** Makes values that fit a schema, and values that do not, from one seed. */
export class Sampler {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.#rng.next() * count);
  }

  chance(share: number): boolean {
    return this.#rng.next() < share;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }

  /** A value that the schema accepts. */
  valid(schema: Schema): unknown {
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return this.pick(schema.enum);
    if (schema.anyOf !== undefined) return this.valid(this.pick(schema.anyOf));
    // Examples are where the interesting values meet: names that exist, amounts that can be paid.
    if (schema.type !== 'object' && schema.examples !== undefined && this.chance(0.4)) {
      return this.pick(schema.examples);
    }
    switch (schema.type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return this.#array(schema);
      case 'integer':
      case 'number':
        return this.#integer(schema);
      case 'boolean':
        return this.chance(0.5);
      case 'null':
        return null;
      default:
        return this.#text(schema);
    }
  }

  /** A value that most schemas do not accept. */
  odd(): unknown {
    return this.pick(ODD_VALUES);
  }

  #object(schema: Schema): Record<string, unknown> {
    const names = Object.keys(schema.properties ?? {});
    const required = new Set(schema.required);
    const most = schema.maxProperties ?? names.length;
    const chosen = names.filter((name) => required.has(name) || this.chance(0.4));
    while (chosen.length < Math.min(schema.minProperties ?? 0, names.length)) {
      chosen.push(this.pick(names.filter((name) => !chosen.includes(name))));
    }
    while (chosen.length > most) chosen.splice(this.below(chosen.length), 1);
    const entries = chosen.map((name) => [name, this.valid(schema.properties?.[name] ?? {})] as const);
    if (schema.additionalProperties === true && this.chance(0.5)) {
      return { ...Object.fromEntries(entries), hat: 'gat', deep: { list: [this.below(9), null] } };
    }
    return Object.fromEntries(entries);
  }

  #array({ items = {}, minItems = 0, maxItems = 5 }: Schema): unknown[] {
    const length = minItems + this.below(Math.min(maxItems, minItems + 4) - minItems + 1);
    return Array.from({ length }, () => this.valid(items));
  }

  #integer({ minimum = -1_000, maximum = 1_000 }: Schema): number {
    if (this.chance(0.05)) return this.pick([minimum, maximum]);
    const span = Math.min(maximum - minimum, this.pick([10, 1_000, 1_000_000]));
    const from = minimum < 0 && maximum > 0 ? -Math.min(-minimum, 10) : minimum;
    return from + this.below(span + 1);
  }

  #text({ format, pattern, minLength = 0, maxLength = 40 }: Schema): string {
    if (format === 'date-time') return new Date(Date.UTC(2026, this.below(60), 1)).toISOString();
    const arbitrary =
      // fast-check knows no Unicode classes; plain text fits ours.
      pattern === undefined || pattern.includes(String.raw`\p{`)
        ? string({ minLength, maxLength: Math.min(maxLength, minLength + 30), unit: 'grapheme' })
        : stringMatching(new RegExp(pattern, 'u'), { maxLength: Math.min(maxLength, 40) });
    const [text = ''] = sample(arbitrary, { numRuns: 1, seed: this.below(2 ** 31) });
    return text;
  }
}
