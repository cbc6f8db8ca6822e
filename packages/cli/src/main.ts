import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { systemClock } from '@hanok/service-kit/time';
import type { Screen } from './command.ts';
import { commands } from './commands/table-of-commands.ts';
import { exitCodes } from './errors.ts';
import { inColour, withoutColour } from './output/paint.ts';
import { run } from './run.ts';

const { stdin, stdout, stderr, env } = process;
const ending = new AbortController();
process.once('SIGINT', () => ending.abort(exitCodes.interrupted));
process.once('SIGTERM', () => ending.abort(exitCodes.terminated));
// Whoever reads the output may have seen enough, as `head` does.
stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed),
);

const screen: Screen = {
  isTerminal: stdout.isTTY,
  size: () => ({ columns: stdout.columns, rows: stdout.rows }),
  write: (text) => void stdout.write(text),
  onKey(listener, signal) {
    if (!stdin.isTTY) return;
    stdin.setRawMode(true);
    stdin.setEncoding('utf8');
    stdin.on('data', (key: string) => {
      // In raw mode the terminal hands Ctrl-C over as a character.
      if (key === '\u0003') ending.abort(exitCodes.interrupted);
      else listener(key);
    });
    signal.addEventListener('abort', () => stdin.setRawMode(false), { once: true });
  },
};

async function ask(question: string, signal: AbortSignal): Promise<string | null> {
  if (!stdin.isTTY || !stderr.isTTY) return null;
  const lines = createInterface({ input: stdin, output: stderr });
  lines.once('SIGINT', () => ending.abort(exitCodes.interrupted));
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const hasColour = stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';

const exitCode = await run(process.argv.slice(2), {
  commands,
  version: manifest.version,
  env,
  clock: systemClock,
  screen,
  paint: hasColour ? inColour : withoutColour,
  signal: ending.signal,
  ask,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
});
// Keys, sockets and signal handlers would keep the process; what it printed may still be on its way.
stdout.write('', () => process.exit(exitCode));
