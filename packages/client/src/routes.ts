import { repetitions, type Operations } from './generated/operations.ts';
import { segment } from './path.ts';
import type { ApiCall, ChangeOptions, QueryValue, Received, Transport } from './transport.ts';

/** A route of the API, such as `GET /v1/players/{id}`. */
export type Route = keyof Operations;

/** What a route answers, takes as its body, and takes as its query. */
export type Answer<R extends Route> = Operations[R]['answer'];
export type Body<R extends Route> = Operations[R]['body'];
export type Query<R extends Route> = NonNullable<Operations[R]['query']>;

type Part<Name extends string, T> = [T] extends [undefined]
  ? { readonly [N in Name]?: undefined }
  : Partial<T> extends T
    ? { readonly [N in Name]?: T }
    : { readonly [N in Name]: T };

/** The parts of a call that its route takes; those without required members may be left out. */
export type CallParts<R extends Route> = Part<'path', Operations[R]['path']> &
  Part<'query', Operations[R]['query']> &
  Part<'body', Operations[R]['body']>;

export interface RouteOptions extends ChangeOptions {
  /**
   * Whether sending it twice does no harm: then it is repeated when its answer was lost. Reads and changes with an
   * Idempotency-Key always are. Default false.
   */
  readonly repeatable?: boolean | undefined;
  /** Further headers, such as `if-match`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls routes by their names, typed by the API document. */
export class Routes {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async call<R extends Route>(route: R, parts: CallParts<R>, options: RouteOptions = {}): Promise<Answer<R>> {
    return (await this.receive(route, parts, options)).body;
  }

  /** Like `call`, with the headers of the answer. */
  receive<R extends Route>(
    route: R,
    parts: CallParts<R>,
    options: RouteOptions = {},
  ): Promise<Received<Answer<R>>> {
    const call = toCall(route, parts, options.headers);
    if (repetitions[route] === 'keyed') return this.#transport.receiveKeyed(call, options);
    const repeatable = repetitions[route] === 'read' || options.repeatable === true;
    return this.#transport.receive(call, options, repeatable);
  }
}

interface AnyParts {
  readonly path?: Readonly<Record<string, string | number>> | undefined;
  readonly query?: Readonly<Record<string, QueryValue>> | undefined;
  readonly body?: unknown;
}

function toCall(route: Route, parts: AnyParts, headers: Readonly<Record<string, string>> = {}): ApiCall {
  const [method, template] = route.split(' ') as [ApiCall['method'], string];
  const path = template.replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
    segment(String(parts.path?.[name] ?? '')),
  );
  return {
    method,
    path,
    headers,
    ...(parts.query === undefined ? {} : { query: parts.query }),
    body: parts.body,
  };
}
