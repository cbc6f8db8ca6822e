import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../src/commands/table-of-commands.ts';
import { exitCodes } from '../src/errors.ts';
import { runCli } from './support/run-cli.ts';

/** Answers as a load balancer would whose token is another one. */
const refusing = createServer((request, response) => {
  const problem = { status: 403, code: 'forbidden', title: 'No', detail: 'This route needs the admin token' };
  if (request.url === '/broken') response.end('<html>');
  else response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
});
let url = '';

beforeAll(async () => {
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  url = `http://127.0.0.1:${(refusing.address() as { port: number }).port}`;
});
afterAll(() => void refusing.close());

describe('what goes wrong', () => {
  it('is one sentence and exit code 3 when nothing answers', async () => {
    const { exitCode, out, err } = await runCli(['status', '--url', 'http://127.0.0.1:1']);
    expect(exitCode).toBe(exitCodes.unreachable);
    expect(out).toBe('');
    expect(err).toMatch(/^hanok: no answer from http:\/\/127\.0\.0\.1:1: .*\n$/u);
  });

  it('is exit code 4 when a service refuses, and tells which setting may help', async () => {
    const { exitCode, err } = await runCli(['strategy', '--proxy-url', url]);
    expect(exitCode).toBe(exitCodes.refused);
    expect(err).toBe(
      "hanok: This route needs the admin token (403 forbidden); set HANOK_TOKEN to the stack's ADMIN_TOKEN\n",
    );
  });

  it('is JSON with --json', async () => {
    const { err } = await runCli(['strategy', '--proxy-url', url, '--json']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'forbidden', exitCode: 4 } });
  });

  it('is exit code 2 for a wrong command line, and nothing is sent', async () => {
    const { exitCode, err } = await runCli(['strategy', '--url', 'nowhere']);
    expect(exitCode).toBe(exitCodes.usage);
    expect(err).toContain('must be an http or https URL');
  });
});

describe('a change', () => {
  const change = ['strategy', 'maglev'];

  it('is refused where nobody can be asked', async () => {
    const { exitCode, err } = await runCli([...change, '--proxy-url', url]);
    expect(exitCode).toBe(exitCodes.unconfirmed);
    expect(err).toContain('Nobody can be asked here: repeat the command with --yes');
  });

  it('is not made when the answer is not yes', async () => {
    const { exitCode, err, asked } = await runCli([...change, '--proxy-url', url], { answer: '' });
    expect(exitCode).toBe(exitCodes.unconfirmed);
    expect(asked).toEqual(['Use maglev for new connections at 1 lb-proxy? [y/N] ']);
    expect(err).toBe('hanok: not confirmed; nothing was changed\n');
  });

  it.each([
    [{ answer: 'y' }, []],
    [{}, ['--yes']],
  ])('is sent with %j %j', async (options, args) => {
    const { exitCode } = await runCli([...change, '--proxy-url', url, ...args], options);
    expect(exitCode).toBe(exitCodes.refused);
  });
});

describe('help', () => {
  it.each(commands.map(({ name }) => name))('tells all about %s', async (name) => {
    const { exitCode, out } = await runCli(['help', ...name.split(' ')]);
    expect(exitCode).toBe(exitCodes.ok);
    expect(out).toContain(`Usage: hanok ${name}`);
    expect(out).toContain('Examples:');
  });

  it('of a word lists the commands under it', async () => {
    expect((await runCli(['help', 'campaign'])).out).toContain('campaign reverse');
    expect((await runCli(['help', 'nonsense'])).exitCode).toBe(exitCodes.usage);
  });
});
