import { currentTracer, type Tracer } from '@hanok/service-kit/tracer';
import type { Database, DialectName, Session, Transaction, TransactionOptions } from '../database.ts';
import type { Entity } from '../entity/entity.ts';
import type { CompiledQuery } from '../query/executor.ts';

type Callable = (...args: readonly unknown[]) => unknown;

/** Methods of an executor that send a statement. */
const statementMethods = ['get', 'all', 'run', 'insert', 'insertEach'];
/** On SQLite these are made of the ones above. */
const keyMethods = ['getByKey', 'changeByKey', 'runByKey'];

/** By the semantic conventions of OpenTelemetry for databases. */
const systemNames = { sqlite: 'sqlite', postgres: 'postgresql' } as const;

/**
 * Records what is asked of a database, when traces are on: a span for each call of a repository, for each transaction,
 * and for each statement. When they are off the database is given back as it is, so that nothing costs anything.
 */
export function traceDatabase(database: Database): Database {
  const tracer = currentTracer();
  if (tracer !== undefined) traceSession(database, tracer);
  return database;
}

function traceSession(session: Session, tracer: Tracer): void {
  const { dialect } = session;
  for (const method of dialect === 'sqlite' ? statementMethods : [...statementMethods, ...keyMethods])
    replace(session, method, (original) => traceStatement(original, dialect, tracer));
  replace(session, 'sql', (original) => (text, ...values) => {
    const statement = (text as TemplateStringsArray).join('?').replaceAll(/\s+/gu, ' ').trim();
    return tracer.span(describe(dialect, statement, undefined), () => original(text, ...values));
  });
  replace(
    session,
    'repository',
    (original) => (entity) => traceRepository(original(entity) as object, entity as Entity, tracer),
  );
  replace(session, 'transaction', (original) => (body, options) => {
    const description = { name: 'transaction', kind: 'internal', attributes: attributesOf(options) } as const;
    return tracer.span(description, (span) =>
      original((transaction: Transaction) => {
        traceSession(transaction, tracer);
        // The body may be run by whoever commits a group: what it does belongs here all the same.
        return span.enter(() => (body as (transaction: Transaction) => unknown)(transaction));
      }, options),
    );
  });
}

function traceStatement(original: Callable, dialect: DialectName, tracer: Tracer): Callable {
  return (query, ...values) => {
    const { text, entity } =
      'one' in (query as object) ? (query as { one: CompiledQuery }).one : (query as CompiledQuery);
    return tracer.span(describe(dialect, text, entity), () => original(query, ...values));
  };
}

/** The values stay out of it: they are personal. */
function describe(dialect: DialectName, text: string, entity: Entity | undefined) {
  const verb = /^\w+/u.exec(text)?.[0].toUpperCase() ?? 'STATEMENT';
  const attributes = {
    'db.system.name': systemNames[dialect],
    'db.operation.name': verb,
    'db.query.text': text.slice(0, 2_000),
    ...(entity === undefined ? {} : { 'db.collection.name': entity.table }),
  };
  return {
    name: entity === undefined ? verb : `${verb} ${entity.table}`,
    kind: 'client',
    attributes,
  } as const;
}

function traceRepository(repository: object, { table }: Entity, tracer: Tracer): object {
  return new Proxy(repository, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      // A read page by page lasts as long as its reader takes: its pages are spans, it is none.
      if (typeof value !== 'function' || typeof property !== 'string' || property === 'findAll') return value;
      return (...args: readonly unknown[]) =>
        tracer.span({ name: `${table}.${property}`, kind: 'internal' }, () =>
          Reflect.apply(value, target, args),
        );
    },
  });
}

function attributesOf(options: unknown): Record<string, boolean> {
  return { 'hanok.read_only': (options as TransactionOptions | undefined)?.readOnly === true };
}

function replace(target: object, name: string, make: (original: Callable) => Callable): void {
  const original: unknown = Reflect.get(target, name, target);
  if (typeof original !== 'function') return;
  const value = make(original.bind(target) as Callable);
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
