import { seededRng } from '@hanok/testkit';

/** Prime, so that bytes moved by a buffer size or a power of two never fit where they land. */
const PERIOD_BYTES = 1_048_583;
const STREAM_STEP = 4_099;

/** Longest piece that `contentAt` gives, bytes. */
export const LONGEST_PIECE_BYTES = 262_144;

const table = randomTable();

/**
 * Bytes of a stream from a position on: every stream has its own, and every position, so a byte that is lost,
 * doubled, moved or another stream's does not go unnoticed. Takes no memory, however long the stream.
 */
export function contentAt(stream: number, position: number, sizeBytes: number): Buffer {
  const start = (position + stream * STREAM_STEP) % PERIOD_BYTES;
  return table.subarray(start, start + sizeBytes);
}

/** Compares what arrives with what a stream should hold. */
export class ContentCheck {
  receivedBytes = 0;
  /** Position of the first piece that was not right. */
  wrongAt: number | undefined;
  readonly #stream: number;

  constructor(stream: number) {
    this.#stream = stream;
  }

  receive(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += LONGEST_PIECE_BYTES) {
      const piece = chunk.subarray(at, at + LONGEST_PIECE_BYTES);
      const isRight = piece.equals(contentAt(this.#stream, this.receivedBytes, piece.length));
      if (!isRight) this.wrongAt ??= this.receivedBytes;
      this.receivedBytes += piece.length;
    }
  }
}

function randomTable(): Buffer {
  const rng = seededRng('content');
  const bytes = Buffer.alloc(PERIOD_BYTES + LONGEST_PIECE_BYTES);
  for (let at = 0; at < PERIOD_BYTES; at += 1) bytes[at] = Math.floor(rng.next() * 256);
  bytes.copy(bytes, PERIOD_BYTES, 0, LONGEST_PIECE_BYTES);
  return bytes;
}
