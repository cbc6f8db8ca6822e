import type { Clock } from '@hanok/service-kit';
import { callCoordinator } from './call.ts';
import { RefusedError } from './refused-error.ts';
import { parseNodeList, type NodeList } from './registry-event.ts';

/** One look at the nodes, or one long poll. */
export interface ListOptions {
  readonly url: string;
  readonly token?: string | undefined;
  /** The whole answer must be there by then, the wait for a change included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The list may hold 10,000 nodes with metadata; more is a broken server. */
const maxLength = 64 * 1024 * 1024;

/** @throws RefusedError, MalformedEventError; an Error when no answer came in time, or `signal` aborted it. */
export async function listNodes({ url, token, timeoutMs, clock, signal }: ListOptions): Promise<NodeList> {
  const { status, text } = await callCoordinator({
    url,
    method: 'GET',
    token,
    timeoutMs,
    clock,
    signal,
    maxLength,
  });
  if (status !== 200) throw new RefusedError(url, status, 'a list of nodes');
  return parseNodeList(text);
}
