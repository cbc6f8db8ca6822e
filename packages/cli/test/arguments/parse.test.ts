import { describe, expect, it } from 'vitest';
import { placeholderOf } from '../../src/arguments/option.ts';
import { globalOptions } from '../../src/arguments/global-options.ts';
import { parseCommandLine } from '../../src/arguments/parse.ts';
import { commands } from '../../src/commands/table-of-commands.ts';

const parse = (line: string) => parseCommandLine(commands, line.split(' ').filter(Boolean));

describe('parseCommandLine', () => {
  it('takes the longest name of a command, and global options anywhere', () => {
    expect(parse('--json campaign show 7 --wait --timeout 2s')).toMatchObject({
      kind: 'run',
      command: { name: 'campaign show' },
      arguments: ['7'],
      options: { wait: true },
      global: { json: true, timeout: 2_000, yes: false, url: undefined },
    });
    expect(parse('campaign --status running')).toMatchObject({
      command: { name: 'campaign' },
      arguments: [],
    });
  });

  it.each([
    ['', { kind: 'help', of: undefined }],
    ['--help', { kind: 'help', of: undefined }],
    ['help', { kind: 'help', of: undefined }],
    ['help campaign start', { kind: 'help', of: 'campaign start' }],
    ['campaign start -h', { kind: 'help', of: 'campaign start' }],
    ['--version', { kind: 'version' }],
    ['status --version', { kind: 'version' }],
  ])('"%s" asks for help or the version', (line, request) => {
    expect(parse(line)).toEqual(request);
  });

  it.each([
    ['drian', 'there is no command "drian"; did you mean drain?'],
    ['nonsense', 'there is no command "nonsense"; hanok help lists them'],
    ['players --min-lvel 3', 'there is no option --min-lvel of players; did you mean --min-level?'],
    ['status extra', '"extra" is too much; see hanok help status'],
    ['drain', 'ID is missing: id of the backend; see hanok help drain'],
    ['campaign start --gold 5', '--reason is required: for the ledger, such as WEEKEND_BONUS'],
    ['players --limit many', '--limit must be a whole number from 1 to 500, not "many"'],
    ['players --limit 501', '--limit must be a whole number from 1 to 500, not "501"'],
    [
      'top --interval 5',
      '--interval must be a time such as 500ms, 30s or 5m from 100 to 3600000 ms, not "5"',
    ],
    ['campaign --status open', '--status must be one of running, done, not "open"'],
    ['status --json=yes', "option '--json' does not take an argument; see hanok help status"],
    ['top --interval', "option '--interval <value>' argument missing; see hanok help top"],
  ])('"%s" is refused with a sentence that helps', (line, sentence) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ message: sentence, exitCode: 2 }));
  });

  it('reads durations as milliseconds', () => {
    for (const [text, ms] of [
      ['250ms', 250],
      ['30s', 30_000],
      ['5m', 300_000],
      ['1h', 3_600_000],
    ] as const)
      expect(parse(`top --interval ${text}`)).toMatchObject({ options: { interval: ms } });
  });
});

describe('the table of commands', () => {
  it('has an example for each, which it can read itself', () => {
    for (const { name, examples } of commands) {
      expect(examples.length, name).toBeGreaterThan(0);
      for (const [line] of examples) {
        const words = [...(line.split(/ [>|] /u)[0]?.matchAll(/"([^"]*)"|(\S+)/gu) ?? [])].map(
          (word) => word[1] ?? word[2] ?? '',
        );
        expect(parseCommandLine(commands, words), line).toMatchObject({ kind: 'run', command: { name } });
      }
    }
  });

  it('gives an option one kind, so that the words of a line can be told before its command is known', () => {
    const kinds = new Map<string, string>();
    for (const { name, options } of [{ name: 'global', options: globalOptions }, ...commands]) {
      for (const [option, spec] of Object.entries(options)) {
        const takesValue = placeholderOf(spec) === '' ? 'flag' : 'value';
        expect(kinds.get(option) ?? takesValue, `--${option} of ${name}`).toBe(takesValue);
        kinds.set(option, takesValue);
      }
    }
  });
});
