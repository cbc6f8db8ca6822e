import type { LbProxyConfig } from '../../src/config.ts';
import { ENGINES } from '../fixtures/test-proxy.ts';

/** One way to relay. */
export interface Variant {
  readonly name: string;
  readonly relay: (typeof ENGINES)[number];
  readonly config: Partial<LbProxyConfig>;
  /** The client speaks TLS: with the proxy, or with the backend, to which it passes. */
  readonly tls?: 'ended' | 'passed';
  /** The client's connection begins with a PROXY header. */
  readonly fromProxy?: boolean;
}

const FROM = ['127.0.0.0/8'];
/** Clients that send too little for a token are soon let go on without. */
const SOON_MS = 60;

/** @param certificate chain+key for what ends TLS */
export function variants(certificate: string): readonly Variant[] {
  const ended = { tls: 'ended', relay: 'portable' } as const;
  const tlsCertificates = [certificate];
  return [
    ...ENGINES.flatMap((relay): Variant[] => [
      { name: 'plain', relay, config: {} },
      {
        name: 'PROXY, on as version 1',
        relay,
        fromProxy: true,
        config: { proxyProtocolFrom: FROM, proxyProtocolTo: 'v1' },
      },
      {
        name: 'PROXY, on as version 2',
        relay,
        fromProxy: true,
        config: { proxyProtocolFrom: FROM, proxyProtocolTo: 'v2' },
      },
      { name: 'token', relay, config: { token: 'bytes:3:8', firstBytesTimeoutMs: SOON_MS } },
      {
        name: 'PROXY and token',
        relay,
        fromProxy: true,
        config: { proxyProtocolFrom: FROM, token: 'field:2:1', firstBytesTimeoutMs: SOON_MS },
      },
      { name: 'TLS passed by name', relay, tls: 'passed', config: { serverNames: ['*.rooms.test=rooms'] } },
    ]),
    { name: 'TLS ended', ...ended, config: { tlsCertificates } },
    {
      name: 'TLS ended, PROXY before, on as version 2, token inside',
      ...ended,
      fromProxy: true,
      config: {
        tlsCertificates,
        proxyProtocolFrom: FROM,
        proxyProtocolTo: 'v2',
        token: 'bytes:0:4',
        firstBytesTimeoutMs: SOON_MS,
      },
    },
  ];
}
