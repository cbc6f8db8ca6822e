import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ConsoleOutput } from '../src/console-output.ts';

describe('ConsoleOutput', () => {
  it('puts the aligned name before every line', () => {
    let written = '';
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        done();
      },
    });
    const output = new ConsoleOutput(stream, ['one', 'longer-name']);
    output.say('hello');
    output.relay('one', JSON.stringify({ level: 50, msg: 'failed', err: { stack: 'a\nb' } }), 'stdout');
    expect(written).toBe('hanok       │ hello\none         │ failed err=a\none         │ b\n');
  });
});
