// Runs a command with the Node version that the lock file pins, whatever Node runs npm:
//   node infra/node/with-pinned-node.mjs node script.ts …
//   node infra/node/with-pinned-node.mjs turbo run test …
//
// npm 11 links the pinned binary into node_modules/.bin, so `node` is already the right one there. npm 10,
// which comes with Node 20 and 22, drops that link when it discards the packages of other platforms.
// Plain JavaScript, because it must run on the oldest Node that can install the project.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// crypto.argon2 came with 24.7
const oldest = [24, 7];
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const [command, ...args] = process.argv.slice(2);

if (isNewEnough() && command === 'node') {
  const [script, ...rest] = args;
  // From the second start on, what loads the sources is not itself loaded: 20 MB less.
  module.enableCompileCache();
  process.argv = [process.execPath, resolve(script), ...rest];
  await import(pathToFileURL(resolve(script)).href);
} else {
  const pinned = pinnedNode();
  const path = [dirname(pinned), join(modules, '.bin'), process.env.PATH].join(delimiter);
  const flags = command === 'node' ? process.execArgv : [];
  const child = spawn(command === 'node' ? pinned : command, [...flags, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
    shell: process.platform === 'win32' && command !== 'node',
  });
  // A terminal sends its signals to the child as well; one that is sent to this process alone is handed on.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`cannot run ${command}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1));
}

function pinnedNode() {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const found = [`node-${platform}`, `node-bin-${platform}`]
    .map((name) => join(modules, name, 'bin', binary))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (isNewEnough()) return process.execPath;
  const version = oldest.join('.');
  return fail(
    `Node ${version} is not installed for ${platform}: run npm ci, or install Node ${version} yourself`,
  );
}

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
