import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../src/webhooks/public-address.ts';
import { createWebhookSender, urlFault } from '../../src/webhooks/sender.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

describe('where webhooks may go', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each(
    `
      0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255
      192.168.1.1 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 fe80::1 fd00::1
      ff02::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1:: 2001:db8::1 2001::1 localhost `.split(/\s+/u),
  )('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));

  it.each([
    ['http://example.com/', 'must be https'],
    ['ftp://example.com/', 'must be https'],
    ['https://user:word@example.com/', 'must not contain credentials'],
    ['https://127.0.0.1/', 'must lead to a public address'],
    ['https://0x7f.1/', 'must lead to a public address'],
    ['https://2130706433/', 'must lead to a public address'],
    ['https://[::1]/', 'must lead to a public address'],
    ['https://[::ffff:127.0.0.1]/', 'must lead to a public address'],
    ['example.com', 'must be an absolute URL'],
  ])('%s %s', (url, fault) => expect(urlFault(url, false)).toBe(fault));

  it('connects to no name that leads inside', async () => {
    await using receiver = await startReceiver();
    const { port } = new URL(receiver.url);
    const sender = createWebhookSender();
    const outcome = await sender.send(`https://localhost:${port}/`, {}, '{}');
    sender.close();
    expect(outcome).toMatchObject({
      kind: 'failed',
      status: null,
      error: expect.stringContaining('public address'),
    });
    expect(receiver.received).toEqual([]);
  });

  it('gives up on a receiver that does not answer', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const sender = createWebhookSender({ privateAddresses: true, timeoutMs: 50 });
    const outcome = await sender.send(`http://127.0.0.1:${address.port}/`, {}, '{}');
    sender.close();
    silent.close();
    expect(outcome).toEqual({ kind: 'failed', status: null, error: 'no answer within 50 ms' });
  });
});
