import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** A manifest as the API server would get it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec?: Record<string, unknown>;
}

export type Labels = Readonly<Record<string, string>>;

const root = join(import.meta.dirname, '..');

/** Where Debian has a kubectl with the kustomize of today; that of bookworm is six years old. */
const debianSuite = 'trixie';

/** Renders an overlay by kustomize itself: `kustomize`, or the one in `kubectl`, fetched from Debian where neither is. */
export function render(overlay: string): Manifest[] {
  const yaml = execFileSync('bash', ['-euc', script, 'render', join(root, 'overlays', overlay)], {
    encoding: 'utf8',
    maxBuffer: 16 * 1_024 * 1_024,
  });
  return parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);
}

const fetched = mkdtempSync(join(tmpdir(), 'hanok-kubectl-'));
process.once('exit', () => rmSync(fetched, { recursive: true, force: true }));

const script = `
  if command -v kustomize >/dev/null; then exec kustomize build "$1"; fi
  if command -v kubectl >/dev/null; then exec kubectl kustomize "$1"; fi
  if ! [ -x ${fetched}/usr/bin/kubectl ]; then
    command -v apt-get >/dev/null || { echo 'install kustomize or kubectl to render the manifests' >&2; exit 1; }
    cd ${fetched}
    mkdir -p lists/partial archives/partial
    echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian ${debianSuite} main' >sources.list
    options='-qq -o Dir::Etc::SourceList=${fetched}/sources.list -o Dir::Etc::SourceParts=- -o APT::Sandbox::User=root
      -o Dir::State::Lists=${fetched}/lists -o Dir::Cache=${fetched} -o Dir::State::Status=/dev/null'
    apt-get $options update >&2
    apt-get $options download kubernetes-client >&2
    dpkg-deb -x kubernetes-client_*.deb .
  fi
  exec ${fetched}/usr/bin/kubectl kustomize "$1"
`;
