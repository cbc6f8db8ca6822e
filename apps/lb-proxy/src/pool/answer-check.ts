import type { Socket } from 'node:net';
import type { HttpCheck, SendExpectCheck } from './check-plan.ts';
import { probeWith, type Probe } from './tcp-check.ts';

/** The most of an answer that is read, bytes. */
export const MAX_ANSWER_BYTES = 4_096;

/** The backend answered, but not as a healthy one does. */
class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError';
  readonly code = 'WRONG_ANSWER';
}

/** Looks at what has come of the answer: `more` to wait, `good`, or what is wrong with it. */
type Judge = (answer: Buffer) => 'more' | 'good' | { readonly wrong: string };

const STATUS_LINE_START = /^HTTP\/1\.[01] (\d{3})[ \r\n]/;
const STATUS_LINE_BYTES = 'HTTP/1.1 200 '.length;

/** Asks for a path by HTTP/1.1 and looks at the status alone; the body is not read. */
export function probeHttp({ path, lowestStatus, highestStatus }: HttpCheck): Probe {
  return probeWith((socket, host) => {
    const authority = host.includes(':') ? `[${host}]` : host;
    const request = [
      `GET ${path} HTTP/1.1`,
      `Host: ${authority}:${socket.remotePort}`,
      'User-Agent: lb-proxy',
      'Accept: */*',
      'Connection: close',
      '\r\n',
    ].join('\r\n');
    return converse(socket, Buffer.from(request), (answer) => {
      if (answer.length < STATUS_LINE_BYTES) return 'more';
      const status = Number(STATUS_LINE_START.exec(answer.toString('latin1', 0, STATUS_LINE_BYTES))?.[1]);
      if (Number.isNaN(status)) return { wrong: 'it does not speak HTTP/1.1' };
      return status >= lowestStatus && status <= highestStatus ? 'good' : { wrong: `HTTP status ${status}` };
    });
  });
}

/** Sends some bytes and waits until the answer contains others. */
export function probeSendExpect({ send, expect }: SendExpectCheck): Probe {
  return probeWith((socket) =>
    converse(socket, send, (answer) => (answer.includes(expect) ? 'good' : 'more')),
  );
}

function converse(socket: Socket, send: Buffer, judge: Judge): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    socket.once('error', reject);
    socket.once('close', () => reject(new WrongAnswerError('it closed the connection without the answer')));
    socket.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk.subarray(0, MAX_ANSWER_BYTES - answer.length)]);
      const judgement = judge(answer);
      if (judgement === 'good') resolve();
      else if (judgement !== 'more') reject(new WrongAnswerError(judgement.wrong));
      else if (answer.length === MAX_ANSWER_BYTES) {
        reject(new WrongAnswerError(`not in the first ${MAX_ANSWER_BYTES} bytes of the answer`));
      }
    });
    if (send.length > 0) socket.write(send);
  });
}
