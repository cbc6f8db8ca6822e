import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const INSTALL_TIMEOUT_MS = 600_000;

/**
 * Runs under flock, so of several test processes one installs and the others find it done. The policy file
 * is Debian's way to keep a package from starting its service; it is put there only if there is none.
 */
const INSTALL_SCRIPT = `
set -e
if dpkg-query --show --showformat '\${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; then exit 0; fi
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get --quiet --quiet update || echo 'going on with the package lists there are' >&2
apt-get --quiet --quiet --yes --option DPkg::Lock::Timeout=300 install --no-install-recommends "$1"
`;

/**
 * Installs a Debian package without starting its services, as root or through a sudo that asks nothing.
 *
 * @returns undefined when it is there, or a clause that says why not
 */
export async function installDebianPackage(name: string): Promise<string | undefined> {
  if (!(await isThere('/usr/bin/apt-get'))) return 'there is no apt-get to install it with';
  const prefix = await rootPrefix();
  if (prefix === undefined) return 'apt-get needs root or a sudo without a password';
  const lock = join(tmpdir(), 'hanok-test-packages.lock');
  const [command, ...args] = [...prefix, 'flock', lock, 'sh', '-c', INSTALL_SCRIPT, 'install', name];
  try {
    await run(command, args, { timeout: INSTALL_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    return `apt-get install ${name} failed: ${printed}`;
  }
}

async function rootPrefix(): Promise<readonly string[] | undefined> {
  if (process.getuid?.() === 0) return [];
  try {
    await run('sudo', ['-n', 'true']);
    return ['sudo', '-n'];
  } catch {
    return undefined;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
