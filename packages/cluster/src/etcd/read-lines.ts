/** A line of 10,000 registrations with metadata stays below it; more is a broken server. */
const maxLineLength = 64 * 1024 * 1024;

/** The lines of a stream of text. @throws RangeError for a line that is too long. */
export async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      const line = [...parts, piece].join('');
      parts = [];
      length = 0;
      if (line !== '') yield line;
    }
    parts.push(rest);
    length += rest.length;
    if (length > maxLineLength) throw new RangeError(`a line of more than ${maxLineLength} characters`);
  }
}
