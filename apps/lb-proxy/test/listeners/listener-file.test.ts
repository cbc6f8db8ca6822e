import { ConfigError } from '@hanok/service-kit';
import { describe, expect, it } from 'vitest';
import { parseListenerFile } from '../../src/listeners/listener-file.ts';
import { testConfig } from '../fixtures/test-proxy.ts';

const environment = testConfig({ idleTimeoutMs: 77_000, backends: ['env@127.0.0.1:1'] });

function violationsIn(file: unknown): readonly string[] {
  try {
    parseListenerFile(typeof file === 'string' ? file : JSON.stringify(file), environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.violations;
    throw error;
  }
}

describe('the file of listeners', () => {
  it('is JSON or YAML, and falls back to the environment for what it leaves out', () => {
    const yaml = `
listeners:
  - name: game
    listen: 0.0.0.0:8080
    strategy: least-connections
  - name: chat
    listen: "[::1]:8090"
    backends: [a@10.0.0.1:1*3, b@10.0.0.2:1]
    idleTimeoutMs: 5000
`;
    const [game, chat] = parseListenerFile(yaml, environment);
    expect(game).toMatchObject({
      name: 'game',
      discovers: true,
      config: { listen: '0.0.0.0:8080', strategy: 'least-connections', idleTimeoutMs: 77_000, backends: [] },
    });
    expect(chat).toMatchObject({
      name: 'chat',
      discovers: false,
      config: { idleTimeoutMs: 5_000, workers: 2 },
    });
    const json = JSON.stringify({ listeners: [{ name: 'x', listen: 'localhost:1', workers: 3 }] });
    expect(parseListenerFile(json, environment)[0]?.config.workers).toBe(3);
  });

  it.each([
    ['nothing', '', /the file/],
    ['no listeners', { listeners: [] }, /^listeners must be a list/],
    ['no name', { listeners: [{ listen: 'a:1' }] }, /^listeners\.0\.name/],
    ['no address', { listeners: [{ name: 'a' }] }, /^listeners\.0\.listen is required/],
    ['a bad address', { listeners: [{ name: 'a', listen: 'everywhere' }] }, /^listeners\.0\.listen/],
    ['a bad port', { listeners: [{ name: 'a', listen: 'a:99999' }] }, /^listeners\.0: .*99999/],
    [
      'an unknown setting',
      { listeners: [{ name: 'a', listen: 'a:1', colour: 1 }] },
      /^listeners\.0\.colour is not a setting/,
    ],
    [
      'a setting of the process',
      { listeners: [{ name: 'a', listen: 'a:1', adminToken: 'x' }] },
      /adminToken/,
    ],
    ['an unknown key', { listeners: [{ name: 'a', listen: 'a:1' }], pools: [] }, /pools/],
    [
      'a bad strategy',
      { listeners: [{ name: 'a', listen: 'a:1', strategy: 'best' }] },
      /^listeners\.0\.strategy must be one of round-robin/,
    ],
    [
      'text for a number',
      { listeners: [{ name: 'a', listen: 'a:1', workers: '2' }] },
      /^listeners\.0\.workers/,
    ],
    [
      'out of bounds',
      { listeners: [{ name: 'a', listen: 'a:1', checkFall: 0 }] },
      /^listeners\.0\.checkFall must be an integer from 1/,
    ],
    [
      'a bad backend',
      { listeners: [{ name: 'a', listen: 'a:1', backends: ['x@h:0'] }] },
      /^listeners\.0: .*x@h:0/,
    ],
    ['broken JSON', '{"listeners": [', /neither JSON nor YAML/],
    ['a YAML bomb', `a: &a [x,x]\n${'b: &b [*a,*a]\n'.repeat(3)}`, /./],
    ['a list', [], /the file/],
    ['a huge file', `# ${'x'.repeat(1_100_000)}`, /larger than 1 MiB/],
  ])('is refused with %s', (_, file, violation) => {
    expect(violationsIn(file).join('\n')).toMatch(violation);
  });

  it('is refused when names or addresses are there twice, all violations together', () => {
    const violations = violationsIn({
      listeners: [
        { name: 'a', listen: 'h:1' },
        { name: 'a', listen: 'h:2' },
        { name: 'b', listen: 'h:1', backends: ['x@h:70000'] },
      ],
    });
    expect(violations).toHaveLength(3);
    expect(violations.join('\n')).toMatch(
      /1\.name a is there twice\n.*2\.listen h:1 is there twice\n.*x@h:70000/,
    );
  });
});
