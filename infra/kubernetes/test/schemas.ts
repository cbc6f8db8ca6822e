import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './render.ts';

/** What the packages of kubernetes-models export for each kind: made from the OpenAPI document of Kubernetes. */
type ModelClass = new (manifest: Manifest) => { validate(): void };

/** The module that has a kind's schema. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const vendor = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : '';
  return `${vendor || 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/** @throws when the kind is unknown, or the manifest lacks a field or has one of a wrong type. */
export async function validate(manifest: Manifest): Promise<void> {
  const exported = (await import(moduleOf(manifest))) as Record<string, ModelClass>;
  const model = exported[manifest.kind];
  if (model === undefined) throw new Error(`there is no schema of ${manifest.apiVersion} ${manifest.kind}`);
  new model(manifest).validate();
}

const scratch = join(import.meta.dirname, '../node_modules/.cache/manifests');

/**
 * What a strict reader finds besides: fields that the schemas do not know, such as a misspelt one, which the API server
 * would drop without a word. The schemas allow them; the types made from the same document do not, so a compiler looks.
 */
export function strictFindings(manifests: readonly Manifest[]): string {
  mkdirSync(scratch, { recursive: true });
  const file = join(scratch, `${process.pid}.ts`);
  writeFileSync(file, manifests.map(typed).join('\n'));
  try {
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    execFileSync('tsc', ['--ignoreConfig', ...options, file], { encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout ?? error);
  } finally {
    rmSync(file);
  }
}

function typed(manifest: Manifest, index: number): string {
  const { kind } = manifest;
  return `import type { I${kind} as Kind${index} } from '${moduleOf(manifest)}';
export const manifest${index}: Kind${index} = ${JSON.stringify(manifest, null, 2)};`;
}
