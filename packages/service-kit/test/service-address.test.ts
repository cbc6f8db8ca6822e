import { expect, test } from 'vitest';
import { announcedMetadata, serviceUrl } from '../src/service-address.ts';

test('a service that speaks TLS is called by https, any other by http', () => {
  const at = (host: string, metadata: Record<string, string>) => serviceUrl({ host, port: 8001, metadata });
  expect(at('10.0.0.1', announcedMetadata({}))).toBe('http://10.0.0.1:8001');
  expect(at('::1', announcedMetadata({ tlsCertFile: '/tls.crt' }))).toBe('https://[::1]:8001');
  expect(at('db', { scheme: 'ftp' })).toBe('http://db:8001');
});

test('what runs is announced when it is named', () => {
  expect(announcedMetadata({})).toEqual({});
  expect(announcedMetadata({ release: '1.4.2', tlsCertFile: '/tls.crt' })).toEqual({
    version: '1.4.2',
    scheme: 'https',
  });
});
