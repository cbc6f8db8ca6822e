/** A line of a scenario file that does something, and what it is expected to print. */
export interface ScenarioStep {
  readonly line: number;
  readonly words: readonly string[];
  readonly expected: readonly string[];
}

/** A scenario file: the steps, and the text around them, kept so that the expectations can be written anew. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly ScenarioStep[];
}

/** A scenario file that cannot be read, or that asks for what there is not. The message names file and line. */
export class ScenarioError extends Error {
  readonly code = 'SIM_SCENARIO';
  readonly retryable = false;
  override name = 'ScenarioError';
}

/**
 * Reads a scenario file: one command a line; `#` begins a comment; lines that begin with `>` are what the command before
 * them is expected to print.
 *
 * @throws ScenarioError for an expectation that no command comes before, or a file without commands.
 */
export function parseScenario(name: string, text: string): Scenario {
  const steps: (ScenarioStep & { expected: string[] })[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('>')) {
      const last = steps.at(-1);
      if (last === undefined)
        throw new ScenarioError(`${name}:${index + 1}: expects something of no command`);
      last.expected.push(line.slice(1).trim());
    } else {
      steps.push({ line: index + 1, words: line.split(/\s+/), expected: [] });
    }
  }
  if (steps.length === 0) throw new ScenarioError(`${name}: has no commands`);
  return { name, steps };
}

/** The file's text with what its commands printed in place of what was expected. */
export function withOutputs(text: string, outputs: ReadonlyMap<number, readonly string[]>): string {
  const written = text.split('\n').flatMap((line, index) => {
    if (line.trim().startsWith('>')) return [];
    return [line, ...(outputs.get(index + 1) ?? []).map((each) => `> ${each}`)];
  });
  return written.join('\n');
}
