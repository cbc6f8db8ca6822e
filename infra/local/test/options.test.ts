import { describe, expect, it } from 'vitest';
import { HELP, OptionsError, parseOptions } from '../src/options.ts';

const parse = (...args: string[]) => parseOptions(args, '/somewhere');

describe('parseOptions', () => {
  it('has defaults for everything', () => {
    expect(parse()).toEqual({ playerServices: 3, portOffset: 0, dataDir: '/somewhere/data', watch: false });
  });

  it('reads every option, paths relative to the working folder', () => {
    expect(parse('--player-services', '5', '--port-offset=1000', '--data-dir', 'x/y', '--watch')).toEqual({
      playerServices: 5,
      portOffset: 1000,
      dataDir: '/somewhere/x/y',
      watch: true,
    });
  });

  it.each(['--help', '-h'])('asks for the help text by %s', (option) => {
    expect(parse(option)).toBe('help');
  });

  it('documents every option', () => {
    for (const option of ['--player-services', '--port-offset', '--data-dir', '--watch', '--help']) {
      expect(HELP).toContain(option);
    }
  });

  it.each([
    [['--player-services', '0'], '--player-services must be a whole number from 1 to 16, not "0".'],
    [['--player-services', '17'], '--player-services must be a whole number from 1 to 16, not "17".'],
    [['--player-services', '2.5'], '--player-services must be a whole number from 1 to 16, not "2.5".'],
    [['--player-services', '1e1'], '--player-services must be a whole number from 1 to 16, not "1e1".'],
    [['--port-offset=-1'], '--port-offset must be a whole number from 0 to 50000, not "-1".'],
    [['--port-offset', '50001'], '--port-offset must be a whole number from 0 to 50000, not "50001".'],
    [['--data-dir', ' '], '--data-dir must name a folder.'],
    [['--colour'], "Unknown option '--colour'. See npm start -- --help."],
    [['--data-dir'], "Option '--data-dir <value>' argument missing. See npm start -- --help."],
    [['extra'], /^Unexpected argument 'extra'/u],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(OptionsError);
    expect(() => parse(...args)).toThrow(message);
  });
});
