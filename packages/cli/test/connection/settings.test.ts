import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globalOptions } from '../../src/arguments/global-options.ts';
import type { OptionValues } from '../../src/arguments/option.ts';
import { readSettings } from '../../src/connection/settings.ts';

let folder: TemporaryFolder;
const nothing = Object.fromEntries(Object.keys(globalOptions).map((name) => [name, undefined]));
const options = (given: Record<string, string | number> = {}) =>
  ({ ...nothing, ...given }) as unknown as OptionValues<typeof globalOptions>;
const read = (given: Record<string, string | number> = {}, env: Record<string, string> = {}) =>
  readSettings(options(given), { XDG_CONFIG_HOME: folder.path, ...env });
const write = async (name: string, text: string) => {
  const path = join(folder.path, name);
  await writeFile(path, text);
  return path;
};

beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => folder.remove());

describe('readSettings', () => {
  it('looks for the local stack by itself', () => {
    expect(read()).toMatchObject({
      coordinatorUrls: ['http://127.0.0.1:7001', 'http://127.0.0.1:7002', 'http://127.0.0.1:7003'],
      token: undefined,
      timeoutMs: 5_000,
    });
  });

  it('takes options before the environment, and the environment before the config file', async () => {
    const config = await write('order.json', '{"default":"a","stacks":{"a":{"url":"http://file:1"}}}');
    const env = { HANOK_CONFIG: config };
    expect(read({}, env).coordinatorUrls).toEqual(['http://file:1']);
    expect(read({}, { ...env, HANOK_URL: 'http://env:1/' }).coordinatorUrls).toEqual(['http://env:1']);
    expect(
      read({ url: 'http://option:1, http://other:2' }, { ...env, HANOK_URL: 'http://env:1' }).coordinatorUrls,
    ).toEqual(['http://option:1', 'http://other:2']);
  });

  it('reads the token from a file, without the line end', async () => {
    const file = await write('token', 'secret-token\n');
    expect(read({}, { HANOK_TOKEN_FILE: file }).token).toBe('secret-token');
    expect(read({ 'token-file': file }).token).toBe('secret-token');
  });

  it('finds the token file of a stack beside the config file', async () => {
    await write('beside-token', 'beside');
    const config = await write(
      'stacks.json',
      '{"stacks":{"prod":{"url":"https://prod:7001","tokenFile":"beside-token","playerUrl":"https://play.example"}}}',
    );
    expect(read({ config, stack: 'prod' })).toMatchObject({
      coordinatorUrls: ['https://prod:7001'],
      token: 'beside',
      playerUrl: 'https://play.example',
    });
  });

  it.each([
    [{ url: 'ftp://x' }, {}, /must be an http or https URL, not "ftp:\/\/x"/],
    [{ url: 'http://a:b@x' }, {}, /must not hold credentials/],
    [{ stack: 'prod' }, {}, /cannot read the config file .*: ENOENT/],
    [
      { config: '/nonexistent/hanok.json' },
      {},
      /cannot read the config file \/nonexistent\/hanok.json: ENOENT/,
    ],
    [{ 'token-file': '/nonexistent/token' }, {}, /cannot read \/nonexistent\/token \(--token-file\): ENOENT/],
    [{ token: 'a', 'token-file': 'b' }, {}, /either --token or --token-file/],
    [{ token: 'with space' }, {}, /printable characters without spaces/],
    [{}, { HANOK_TOKEN: 'a', HANOK_TOKEN_FILE: 'b' }, /set either HANOK_TOKEN or HANOK_TOKEN_FILE/],
    [{}, { HANOK_PLAYER_URL: 'nowhere' }, /--player-url \(HANOK_PLAYER_URL\) must be an http/],
  ])('refuses %j with %j', (given, env, message) => {
    expect(() => read(given as Record<string, string>, env as Record<string, string>)).toThrow(message);
  });

  it.each([
    ['{', 'is not JSON'],
    ['[]', 'the file must be an object'],
    ['{"stack":{}}', 'the file does not know "stack"'],
    ['{"default":"x","stacks":{}}', 'has no stack "x"; it has: none'],
    ['{"default":"x","stacks":{"x":{"token":"t"}}}', 'stacks.x does not know "token"'],
    ['{"default":"x","stacks":{"x":{"url":5}}}', 'stacks.x.url must be text'],
  ])('refuses the config file %s', async (text, message) => {
    const config = await write('wrong.json', text);
    expect(() => read({ config })).toThrow(message);
  });
});
