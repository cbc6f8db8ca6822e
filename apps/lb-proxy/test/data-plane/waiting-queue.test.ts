import { afterEach, describe, expect, it } from 'vitest';
import type { Refusal } from '../../src/data-plane/outcomes.ts';
import { WaitingQueue, type Waiting } from '../../src/data-plane/waiting-queue.ts';

describe('WaitingQueue', () => {
  let nowMs = 0;
  let freePlaces = 0;
  let freeBackends = 0;
  let asked = 0;
  const queues: WaitingQueue[] = [];

  const create = (places: number): WaitingQueue => {
    [nowMs, freePlaces, freeBackends, asked] = [0, places, 0, 0];
    const take = (): boolean => freePlaces > 0 && freePlaces-- > 0;
    const give = (): void => void (freePlaces += 1);
    const queue = new WaitingQueue({ take, give }, () => nowMs);
    queues.push(queue);
    return queue;
  };

  class Client implements Waiting {
    readonly hasLeftOut: boolean;
    readonly queueTimeoutMs = 1_000;
    readonly #queue: WaitingQueue;
    outcome: 'waits' | 'placed' | Refusal = 'waits';

    constructor(queue: WaitingQueue, hasLeftOut = false) {
      this.#queue = queue;
      this.hasLeftOut = hasLeftOut;
    }

    tryPlace(): boolean {
      asked += 1;
      if (this.hasLeftOut || freeBackends === 0) return false;
      freeBackends -= 1;
      this.outcome = 'placed';
      return true;
    }

    refuse(reason: Refusal): void {
      this.outcome = reason;
      this.#queue.serve();
    }
  }

  afterEach(() => {
    for (const queue of queues.splice(0)) queue.refuseAll('shutting-down');
  });

  it('serves the oldest first and asks no more than it must', () => {
    const queue = create(1_000);
    const clients = Array.from({ length: 1_000 }, () => new Client(queue));
    for (const client of clients) queue.add(client);
    freeBackends = 2;
    queue.serve();
    expect(clients.slice(0, 4).map(({ outcome }) => outcome)).toEqual(['placed', 'placed', 'waits', 'waits']);
    expect(asked).toBe(3);
    expect(queue.size).toBe(998);
  });

  it('goes past a client for whom the only backend is left out', () => {
    const queue = create(2);
    const [picky, other] = [new Client(queue, true), new Client(queue)];
    queue.add(picky);
    queue.add(other);
    freeBackends = 1;
    queue.serve();
    expect([picky.outcome, other.outcome]).toEqual(['waits', 'placed']);
  });

  it('refuses those whose time is over, however many at once, and gives their places back', () => {
    const queue = create(50_000);
    const clients = Array.from({ length: 50_000 }, () => new Client(queue));
    for (const client of clients) expect(queue.add(client)).toBe(true);
    expect(queue.add(new Client(queue))).toBe(false);
    nowMs = 1_000;
    queue.serve();
    expect(new Set(clients.map(({ outcome }) => outcome))).toEqual(new Set(['queue-timeout']));
    expect([queue.size, freePlaces, asked]).toEqual([0, 50_000, 50_000]);
  });

  it('forgets who leaves', () => {
    const queue = create(1);
    const client = new Client(queue);
    queue.add(client);
    queue.remove(client);
    queue.remove(client);
    expect([queue.size, freePlaces]).toEqual([0, 1]);
  });
});
