import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** How a file may be compressed, by its name in `Content-Encoding`. */
export type PageEncoding = 'br' | 'gzip';

/** Good enough: the best quality takes ten times as long for a tenth less. */
const brotliQuality = 6;
/** 64 KB: no file is longer, and the default of 4 MB has to be set up for each. */
const brotliWindowBits = 16;

/** A file of the page, ready to be sent. */
export class PageFile {
  readonly mediaType: string;
  /** Quoted hash of the content. */
  readonly etag: string;
  readonly plain: Buffer;
  readonly #compressed = new Map<PageEncoding, Promise<Buffer>>();

  constructor(mediaType: string, content: string) {
    this.mediaType = mediaType;
    this.plain = Buffer.from(content);
    this.etag = `"${createHash('sha256').update(this.plain).digest('base64url').slice(0, 22)}"`;
  }

  /** Compressed when it is first asked for: a browser takes only one of the ways. */
  compressed(encoding: PageEncoding): Promise<Buffer> {
    let compressed = this.#compressed.get(encoding);
    if (compressed === undefined) {
      compressed = encoding === 'br' ? toBrotli(this.plain) : promisify(gzip)(this.plain, { level: 9 });
      this.#compressed.set(encoding, compressed);
    }
    return compressed;
  }
}

function toBrotli(plain: Buffer): Promise<Buffer> {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = constants;
  return promisify(brotliCompress)(plain, {
    params: { [BROTLI_PARAM_QUALITY]: brotliQuality, [BROTLI_PARAM_LGWIN]: brotliWindowBits },
  });
}
