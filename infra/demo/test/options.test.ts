import { describe, expect, it } from 'vitest';
import { HELP, OptionsError, parseOptions } from '../src/options.ts';

describe('parseOptions', () => {
  it('has defaults for everything', () => {
    expect(parseOptions([])).toEqual({
      players: 1_000,
      url: 'http://127.0.0.1:8080',
      concurrency: 32,
      seed: '1',
    });
  });

  it('reads every option', () => {
    const args = ['--players', '50', '--url', 'https://game.example/', '--concurrency=4', '--seed', 'abc'];
    expect(parseOptions(args)).toEqual({
      players: 50,
      url: 'https://game.example',
      concurrency: 4,
      seed: 'abc',
    });
  });

  it('documents every option', () => {
    expect(parseOptions(['-h'])).toBe('help');
    for (const option of ['--players', '--url', '--concurrency', '--seed', '--help'])
      expect(HELP).toContain(option);
  });

  it.each([
    [['--players', '9'], '--players must be a whole number from 10 to 1000000, not "9".'],
    [['--players', 'many'], '--players must be a whole number from 10 to 1000000, not "many".'],
    [['--concurrency', '0'], '--concurrency must be a whole number from 1 to 1024, not "0".'],
    [['--url', 'nowhere'], '--url must be an http or https URL, not "nowhere".'],
    [['--url', 'ftp://x'], '--url must be an http or https URL, not "ftp://x".'],
    [['--colour'], "Unknown option '--colour'. See npm run demo -- --help."],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(OptionsError);
    expect(() => parseOptions(args)).toThrow(message);
  });
});
