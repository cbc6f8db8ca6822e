import type { Static, TObject } from 'typebox';
import type { ConsoleContext } from './context.ts';

/** What a change did. */
export interface ActionOutcome {
  /** What is there now, for the audit log. */
  readonly after: unknown;
  /** What the console is told. Default: `after`. */
  readonly result?: unknown;
}

/** Something that an operator may do. Each is written to the audit log, refused ones too. */
export interface Action<S extends TObject = TObject> {
  /** Path below `/console/api/actions/`, and its name in the audit log. */
  readonly name: string;
  readonly body: S;
  /** What it changes, for the audit log. */
  readonly target: (body: Static<S>) => string;
  /** What is there before, for the audit log. */
  readonly before: (context: ConsoleContext, body: Static<S>) => Promise<unknown>;
  readonly run: (context: ConsoleContext, body: Static<S>) => Promise<ActionOutcome>;
}

/** Infers the type of the body from its schema. */
export function defineAction<S extends TObject>(action: Action<S>): Action {
  return action;
}
