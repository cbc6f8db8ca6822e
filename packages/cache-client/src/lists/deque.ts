/**
 * A queue with two ends: two stacks back to back. A pop that finds its stack empty takes over half of the
 * other, so that any mix of pushes and pops costs amortised constant time.
 */
export class Deque {
  #front: string[] = [];
  #back: string[] = [];
  #sizeBytes = 0;

  static from(values: readonly string[]): Deque {
    const deque = new Deque();
    for (const value of values) deque.pushBack(value);
    return deque;
  }

  get length(): number {
    return this.#front.length + this.#back.length;
  }

  /** Approximate: the characters held. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  pushFront(value: string): void {
    this.#front.push(value);
    this.#sizeBytes += value.length;
  }

  pushBack(value: string): void {
    this.#back.push(value);
    this.#sizeBytes += value.length;
  }

  popFront(): string | undefined {
    if (this.#front.length === 0) this.#front = takeHalf(this.#back);
    return this.#taken(this.#front.pop());
  }

  popBack(): string | undefined {
    if (this.#back.length === 0) this.#back = takeHalf(this.#front);
    return this.#taken(this.#back.pop());
  }

  toArray(): string[] {
    return [...this.#front.toReversed(), ...this.#back];
  }

  #taken(value: string | undefined): string | undefined {
    this.#sizeBytes -= value?.length ?? 0;
    return value;
  }
}

/** Removes the deeper half of a stack and returns it as the stack of the opposite end. */
function takeHalf(stack: string[]): string[] {
  return stack.splice(0, Math.ceil(stack.length / 2)).toReversed();
}
