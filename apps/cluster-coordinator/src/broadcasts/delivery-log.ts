const maxBroadcasts = 256;

/** Which nodes took which of the latest broadcasts from this coordinator. */
export class DeliveryLog {
  readonly #nodes = new Map<string, Set<string>>();

  add(broadcastId: string, nodeId: string): void {
    const known = this.#nodes.get(broadcastId);
    if (known !== undefined) {
      known.add(nodeId);
      return;
    }
    const [oldest] = this.#nodes.keys();
    if (oldest !== undefined && this.#nodes.size >= maxBroadcasts) this.#nodes.delete(oldest);
    this.#nodes.set(broadcastId, new Set([nodeId]));
  }

  of(broadcastId: string): string[] {
    return [...(this.#nodes.get(broadcastId) ?? [])];
  }
}
