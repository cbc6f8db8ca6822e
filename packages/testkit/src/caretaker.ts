import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What outlives a crash of the test process has to be cleared by someone else. The caretaker is a shell of a
 * few hundred kilobytes that waits for the end of its input, which comes when the test process is gone for
 * whatever reason, kill -9 included. It then ends every process and container on file and deletes the
 * folder. It needs nothing but a POSIX shell, and sits in a session of its own, out of reach of Ctrl-C.
 *
 * The file names say what is left to clear: `processes/<pid>` holds the signal to send first,
 * `containers/<name>` holds nothing. A process may lead a group of its own, so the group is killed too.
 */
const CARETAKER_SCRIPT = `
read -r _
cd "$1" || exit 0
for file in processes/*; do
  [ -e "$file" ] || continue
  pid=\${file#processes/}
  kill -s "$(cat "$file")" "$pid"
  kill -s CONT "$pid"
done
for file in containers/*; do
  [ -e "$file" ] || continue
  docker rm --force --volumes "\${file#containers/}"
done
for try in 1 2 3 4 5 6 7 8 9 10; do
  running=
  for file in processes/*; do
    [ -e "$file" ] && kill -s 0 "\${file#processes/}" && running=yes
  done
  [ "$running" ] || break
  sleep 0.2
done
for file in processes/*; do
  [ -e "$file" ] || continue
  kill -s KILL -- "-\${file#processes/}"
  kill -s KILL "\${file#processes/}"
done
cd /
rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
`;

let root: string | undefined;

/** The folder of this test process. It is deleted when the process ends, however it ends. */
export function processFolder(): string {
  root ??= settleIn();
  return root;
}

function settleIn(): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'hanok-test-'));
  // Servers may run as another user: they have to pass through, not to look around.
  chmodSync(folder, 0o711);
  mkdirSync(join(folder, 'processes'));
  mkdirSync(join(folder, 'containers'));
  const caretaker = spawn('/bin/sh', ['-c', CARETAKER_SCRIPT, 'hanok-test-caretaker', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  caretaker.unref();
  if ('unref' in caretaker.stdin && typeof caretaker.stdin.unref === 'function') caretaker.stdin.unref();
  return folder;
}

/**
 * Has the caretaker end this process if the test process cannot.
 *
 * @param firstSignal sent two seconds before SIGKILL, for servers that have something to clear away
 * @returns a function to call when the process has ended
 */
export function watchProcess(pid: number, firstSignal: 'KILL' | 'QUIT' = 'KILL'): () => void {
  return onFile('processes', String(pid), firstSignal);
}

/** The same for a container, by name. */
export function watchContainer(name: string): () => void {
  return onFile('containers', name, '');
}

function onFile(kind: 'processes' | 'containers', name: string, text: string): () => void {
  const file = join(processFolder(), kind, name);
  writeFileSync(file, text);
  return () => rmSync(file, { force: true });
}
