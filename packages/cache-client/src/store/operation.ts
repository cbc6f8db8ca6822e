import type { Keyspace } from '../memory/keyspace.ts';

/** What an engine answers: the shapes Redis and JSON have in common. */
export type Reply = string | number | null | readonly Reply[];

/** How Redis carries an operation out: one plain command, or a script where atomicity needs one. */
export type RedisForm =
  | { readonly command: (keys: readonly string[], args: readonly string[]) => readonly [string, ...string[]] }
  | { readonly lua: string };

/**
 * One atomic step on the cache, spelled once for each kind of engine. Stores know how to run operations and
 * nothing about what they mean; a new feature brings its operations and changes no store.
 *
 * Both spellings must have the same effect and the same reply; the contract suite and the feature tests hold
 * them to it on every store.
 */
export interface Operation<Result> {
  /** Unique; it is what travels to cache-service, which runs its own copy. */
  readonly name: string;
  /** `grows`: changes something and may need room, so that a full engine refuses it before it starts. */
  readonly effect: 'reads' | 'changes' | 'grows';
  /** Moves what one key holds to another; journals keep both keys together then. */
  readonly isMove?: true;
  readonly redis: RedisForm;
  /** Runs to its end without awaiting, which is what makes it atomic in memory. */
  readonly memory: (space: Keyspace, keys: readonly string[], args: readonly string[]) => Reply;
  readonly decode: (reply: Reply) => Result;
}

/** An operation whose result type does not matter to the one who routes it. */
export type AnyOperation = Operation<unknown>;
