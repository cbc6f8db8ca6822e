/** The part of the package's own types that is used: its list of exports leaves them out. */
declare module 'binary-parser' {
  export class Parser {
    seek(offset: number): this;
    uint8(name: string): this;
    uint16be(name: string): this;
    uint32be(name: string): this;
    buffer(name: string, options: { length: number | string }): this;
    parse(bytes: Buffer): { token: Buffer; sizeBytes?: number };
  }
}
