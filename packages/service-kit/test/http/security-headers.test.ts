import { describe, expect, it } from 'vitest';
import { createServer } from '../../src/index.ts';

describe('security headers', () => {
  it('are on pages in full, and on other answers as far as they matter there', async () => {
    const server = await createServer({ name: 'sample', description: '', host: '127.0.0.1' });
    server.get('/page', (_request, reply) => reply.type('text/html').send('<p>page'));
    server.get('/own-policy', (_request, reply) =>
      reply.type('text/html').header('content-security-policy', "default-src 'none'").send('<p>page'),
    );
    const json = (await server.inject('/healthz')).headers;
    expect(json).toMatchObject({ 'x-content-type-options': 'nosniff' });
    expect(json).not.toHaveProperty('content-security-policy');
    expect(json).not.toHaveProperty('strict-transport-security');
    expect((await server.inject('/page')).headers).toMatchObject({
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
    const own = (await server.inject('/own-policy')).headers;
    expect(own['content-security-policy']).toBe("default-src 'none'");
    await server.close();
  });

  it('let the page of the API work, and nothing from elsewhere', async () => {
    const server = await createServer({ name: 'sample', description: '', host: '127.0.0.1' });
    const page = await server.inject('/docs/');
    expect(page.statusCode).toBe(200);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain("'unsafe-eval'");
    for (const [, path] of page.body.matchAll(/(?:src|href)="(\.?\/[^"]+)"/g)) {
      const asset = await server.inject(new URL(path ?? '', 'http://localhost/docs/').pathname);
      expect(asset.statusCode, path).toBe(200);
    }
    await server.close();
  });
});
