import { readdirSync, readFileSync } from 'node:fs';
import { parseScenario } from './parse-scenario.ts';
import type { Scenario } from './parse-scenario.ts';

const folder = new URL('../../test/scenarios/', import.meta.url);

/** The directed scenarios, by name. */
export function readScenarios(): Scenario[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  return names.toSorted().map((name) => parseScenario(name, readFileSync(new URL(name, folder), 'utf8')));
}
