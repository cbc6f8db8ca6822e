import { ConfigError } from '@hanok/service-kit';
import type { LbProxyConfig } from '../config.ts';
import { probeHttp, probeSendExpect } from './answer-check.ts';
import { probeTcp, type Probe } from './tcp-check.ts';

/** Is a path answered with a status in a range, both ends included? */
export interface HttpCheck {
  readonly kind: 'http';
  readonly path: string;
  readonly lowestStatus: number;
  readonly highestStatus: number;
}

/** Is a message answered with bytes that contain others? */
export interface SendExpectCheck {
  readonly kind: 'send-expect';
  readonly send: Buffer;
  readonly expect: Buffer;
}

/** How a pool's backends are checked. */
export type CheckPlan = { readonly kind: 'tcp' } | HttpCheck | SendExpectCheck;

type CheckConfig = Pick<
  LbProxyConfig,
  'checkKind' | 'checkHttpPath' | 'checkHttpStatus' | 'checkSend' | 'checkExpect'
>;

/**
 * Reads the CHECK_ settings that say what is checked.
 * @throws ConfigError for a status range upside down, an unknown escape, or nothing to expect
 */
export function parseCheckPlan(config: CheckConfig): CheckPlan {
  const { checkKind, checkHttpPath, checkHttpStatus, checkSend, checkExpect } = config;
  if (checkKind === 'tcp') return { kind: 'tcp' };
  if (checkKind === 'http') {
    const [lowest = 0, highest = lowest] = checkHttpStatus.split('-').map(Number);
    if (lowest > highest) {
      throw new ConfigError([`CHECK_HTTP_STATUS: ${checkHttpStatus} must begin with the lower status`]);
    }
    return { kind: 'http', path: checkHttpPath, lowestStatus: lowest, highestStatus: highest };
  }
  if (checkExpect === '') throw new ConfigError(['CHECK_EXPECT is required with CHECK_KIND=send-expect']);
  return {
    kind: 'send-expect',
    send: unescape('CHECK_SEND', checkSend),
    expect: unescape('CHECK_EXPECT', checkExpect),
  };
}

/** The check a plan asks for. */
export function probeFor(plan: CheckPlan): Probe {
  if (plan.kind === 'http') return probeHttp(plan);
  return plan.kind === 'tcp' ? probeTcp : probeSendExpect(plan);
}

const ESCAPE = /\\(x[0-9A-Fa-f]{2}|.|$)/g;
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['r', '\r'],
  ['n', '\n'],
  ['t', '\t'],
  ['\\', '\\'],
]);

/** Bytes of a text in UTF-8, in which \r \n \t \\ and \xHH (one byte) stand for what cannot be typed. */
function unescape(name: string, text: string): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const match of text.matchAll(ESCAPE)) {
    const [escape, code = ''] = match;
    parts.push(Buffer.from(text.slice(end, match.index)));
    end = match.index + escape.length;
    const plain = ESCAPED.get(code);
    if (plain !== undefined) parts.push(Buffer.from(plain));
    else if (code.length === 3) parts.push(Buffer.from(code.slice(1), 'hex'));
    else throw new ConfigError([`${name}: ${escape} is none of \\r \\n \\t \\\\ \\xHH`]);
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(end))]);
}
