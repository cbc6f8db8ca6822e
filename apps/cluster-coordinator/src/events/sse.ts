/** One server-sent event in its wire form. `data` is sent as one line of JSON. */
export function formatEvent(event: string, data: unknown, id?: number): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A line that says nothing, so that both sides notice a broken connection. */
export const keepAlive = ': keep-alive\n\n';
