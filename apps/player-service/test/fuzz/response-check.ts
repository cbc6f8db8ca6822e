import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Operation } from './api-document.ts';

/** An answer as it came over the wire. */
export interface FuzzAnswer {
  readonly status: number;
  /** Media type without its parameters; empty when there was none. */
  readonly mediaType: string;
  readonly text: string;
}

/** Holds answers against the document that promised them. */
export class ResponseCheck {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new WeakMap<object, ValidateFunction>();

  constructor() {
    addFormats.default(this.#ajv);
  }

  /** What is wrong with an answer; undefined when it is as promised. */
  faultOf(operation: Operation, answer: FuzzAnswer): string | undefined {
    if (answer.status >= 500) return `it is a ${answer.status}`;
    const promised = operation.responses[String(answer.status)];
    if (promised === undefined) return `${answer.status} is not in the document`;
    const isStream = answer.mediaType === 'text/event-stream';
    if (answer.text === '' && !isStream)
      return promised.content === undefined ? undefined : 'a body is missing';
    const schema = promised.content?.[answer.mediaType]?.schema;
    if (schema === undefined) return `${answer.mediaType} is not in the document for ${answer.status}`;
    if (isStream) return undefined;
    const validate = this.#validatorOf(schema);
    if (validate(JSON.parse(answer.text))) return undefined;
    return `the body breaks its schema: ${this.#ajv.errorsText(validate.errors)}`;
  }

  #validatorOf(schema: object): ValidateFunction {
    const known = this.#compiled.get(schema) ?? this.#ajv.compile(schema);
    this.#compiled.set(schema, known);
    return known;
  }
}
