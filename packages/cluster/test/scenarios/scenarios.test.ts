import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseScenario, ScenarioError, withOutputs } from '../../sim/scenario/parse-scenario.ts';
import { runScenario } from '../../sim/scenario/run-scenario.ts';

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
/** Writes what came in place of what is expected: read the change before you keep it. */
const rewrites = process.env['HANOK_UPDATE_SCENARIOS'] === '1';

describe('directed scenarios', () => {
  test.each(files)('%s', (name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    const { outputs, difference } = runScenario(parseScenario(name, text));
    if (rewrites) writeFileSync(new URL(name, folder), withOutputs(text, outputs));
    expect(rewrites ? null : difference).toBeNull();
  });
});

describe('a scenario file', () => {
  const run = (text: string) => runScenario(parseScenario('x.txt', text));

  test('that is not met says where, and what came instead', () => {
    const { difference } = run('group n1\n\nawait leader n1\nstatus\n> n1: follower, term 7, commit 0');
    expect(difference).toMatch(
      /^x\.txt:4: status\n {2}expected: n1: follower.*\n {2}but came: n1: leader with a lease/,
    );
  });

  test('that expects too much or too little is not met', () => {
    expect(run('group n1\nwait 2s\n> something').difference).toContain('but came: nothing');
    expect(run('group n1\nstatus').difference).toContain('expected: nothing');
  });

  test.each([
    ['group n1\ndance', /x\.txt:2: unknown command "dance"/],
    ['group n1\ntoString', /x\.txt:2: unknown command "toString"/],
    ['status', /x\.txt:1: "group" must come first/],
    ['group n1\ngroup n1', /x\.txt:2: there is a group already/],
    ['group n1 fast', /x\.txt:1: "fast" is no node or setting/],
    ['group n1\ncrash n7', /x\.txt:2: there is no node "n7"/],
    ['group n1\ncrash', /x\.txt:2: which node/],
    ['group n1\nwait 3', /x\.txt:2: "3" is no time/],
    ['group n1\nawait rain', /x\.txt:2: cannot wait for "rain"/],
    ['group n1 n2 n3\ncut n1 n2', /x\.txt:2: cut n1 > n2/],
    ['> too early', /x\.txt:1: expects something of no command/],
    ['# nothing but words', /x\.txt: has no commands/],
  ])('%j is refused', (text, message) => {
    expect(() => run(text)).toThrow(ScenarioError);
    expect(() => run(text)).toThrow(message);
  });

  test('is written anew with its comments kept', () => {
    const text = '# why\ngroup n1\nstatus\n> old\n\nwait 1s\n';
    const { outputs } = run(text);
    expect(withOutputs(text, outputs)).toBe(
      '# why\ngroup n1\nstatus\n> n1: follower, term 0, commit 0\n\nwait 1s\n',
    );
  });
});
