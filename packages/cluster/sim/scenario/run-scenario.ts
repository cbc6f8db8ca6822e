import { describeEntry, describeGroup } from '../describe.ts';
import type { Mutation } from '../mutation.ts';
import { addition } from '../operator.ts';
import type { SimulatedNode } from '../simulated-node.ts';
import { Violation } from '../violation.ts';
import { ScenarioError } from './parse-scenario.ts';
import type { Scenario, ScenarioStep } from './parse-scenario.ts';
import { ScenarioGroup } from './scenario-group.ts';

/** What a scenario printed, and where that is not what it expects. */
export interface ScenarioOutcome {
  /** By line of the command. */
  readonly outputs: ReadonlyMap<number, readonly string[]>;
  /** `name:line: command` with what was expected and what came; null when all was as expected. */
  readonly difference: string | null;
}

/** How long `await` waits. */
const awaitMs = 10_000;

/**
 * Carries out a scenario on the real core.
 *
 * @throws ScenarioError for a command that there is not, or that does not fit: the file is at fault, not the protocol.
 */
export function runScenario({ name, steps }: Scenario, mutation: Mutation | null = null): ScenarioOutcome {
  const runner = new ScenarioRunner(name, mutation);
  const outputs = new Map<number, readonly string[]>();
  let difference: string | null = null;
  for (const step of steps) {
    const output = runner.run(step);
    outputs.set(step.line, output);
    if (output.join('\n') !== step.expected.join('\n')) {
      difference ??= `${name}:${step.line}: ${step.words.join(' ')}\n  expected: ${listed(step.expected)}\n  but came: ${listed(output)}`;
    }
    if (runner.broken) break;
  }
  return { outputs, difference };
}

function listed(lines: readonly string[]): string {
  return lines.length === 0 ? 'nothing' : lines.join(' | ');
}

type Command = (args: readonly string[]) => readonly string[];

class ScenarioRunner {
  broken = false;
  readonly #mutation: Mutation | null;
  readonly #file: string;
  #group: ScenarioGroup | null = null;
  #step: ScenarioStep | null = null;

  constructor(file: string, mutation: Mutation | null) {
    this.#file = file;
    this.#mutation = mutation;
  }

  run(step: ScenarioStep): readonly string[] {
    const [verb = '', ...args] = step.words;
    this.#step = step;
    const command = Object.hasOwn(this.#commands, verb) ? this.#commands[verb] : undefined;
    if (command === undefined) this.#fail(`unknown command "${verb}"`);
    try {
      return command(args);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.broken = true;
      return [`VIOLATION ${error.rule}`];
    }
  }

  readonly #commands: Readonly<Record<string, Command>> = {
    group: (args) => this.#makeGroup(args),
    wait: ([text]) => this.#wait(this.#duration(text)),
    await: (args) => this.#await(args),
    propose: ([id, ...commands]) => this.#propose(id, commands),
    stand: ([id]) => this.#stand(this.#node(id)),
    transfer: ([from, to]) =>
      this.#quiet(() => this.#node(from).transfer(to === undefined ? null : this.#node(to).id)),
    add: ([id, ...rest]) => this.#add(id, rest),
    remove: ([id, at, leader]) => this.#remove(id, at, leader),
    cut: ([from, sign, to]) => this.#cut(from, sign, to),
    isolate: (ids) => this.#isolate(ids),
    mend: () => this.#quiet(() => this.#there().mend()),
    withhold: ([from, text]) =>
      this.#quiet(() => this.#there().withhold(this.#node(from).id, this.#count(text))),
    crash: (ids) => this.#each(ids, (node) => node.crash()),
    restart: (ids) => this.#each(ids, (node) => node.boot()),
    pause: (ids) => this.#each(ids, (node) => node.pause()),
    resume: (ids) => this.#each(ids, (node) => node.resume(true)),
    'lose-disk': (ids) => this.#each(ids, (node) => this.#there().loseDisk(node)),
    status: (ids) => this.#selected(ids).map((node) => this.#statusOf(node)),
    log: (ids) => this.#selected(ids).map((node) => logOf(node)),
    members: (ids) => this.#selected(ids).map((node) => membersOf(node)),
    applied: (ids) => this.#selected(ids).map((node) => `${node.id}: ${node.applied.join(' ') || 'nothing'}`),
  };

  #fail(reason: string): never {
    throw new ScenarioError(`${this.#file}:${this.#step?.line ?? 0}: ${reason}`);
  }

  #there(): ScenarioGroup {
    return this.#group ?? this.#fail('"group" must come first');
  }

  #node(id: string | undefined): SimulatedNode {
    return this.#there().nodes.get(id ?? '') ?? this.#fail(`there is no node "${id ?? ''}"`);
  }

  #selected(ids: readonly string[]): SimulatedNode[] {
    return ids.length === 0 ? [...this.#there().nodes.values()] : ids.map((id) => this.#node(id));
  }

  #quiet(run: () => void): readonly string[] {
    run();
    return [];
  }

  #each(ids: readonly string[], run: (node: SimulatedNode) => void): readonly string[] {
    if (ids.length === 0) this.#fail('which node?');
    return this.#quiet(() => {
      for (const id of ids) run(this.#node(id));
    });
  }

  #duration(text = ''): number {
    const [, number, unit] =
      /^(\d+)(ms|s)$/.exec(text) ?? this.#fail(`"${text}" is no time, like 200ms or 2s`);
    return Number(number) * (unit === 's' ? 1_000 : 1);
  }

  #count(text = ''): number {
    return /^\d+$/.test(text) ? Number(text) : this.#fail(`"${text}" is no number`);
  }

  /** `group n1 n2 n3 [batch N] [compact N]` */
  #makeGroup(args: readonly string[]): readonly string[] {
    if (this.#group !== null) this.#fail('there is a group already');
    const voters = args.filter((word) => /^n\d+$/.test(word));
    const setting = (name: string): number | null => {
      const at = args.indexOf(name);
      return at < 0 ? null : this.#count(args[at + 1]);
    };
    const known = new Set([
      ...voters,
      'batch',
      'compact',
      String(setting('batch')),
      String(setting('compact')),
    ]);
    const odd = args.find((word) => !known.has(word));
    if (odd !== undefined || voters.length === 0) this.#fail(`"${odd ?? ''}" is no node or setting`);
    const compactAfter = setting('compact') ?? 10_000;
    this.#group = new ScenarioGroup({
      voters,
      mutation: this.#mutation,
      batch: setting('batch'),
      compactAfter,
    });
    return [];
  }

  #wait(forMs: number): readonly string[] {
    const { time } = this.#there();
    time.runUntil(time.now + forMs);
    return [];
  }

  /** `await leader [n1]`, `await voter n4 [at n3]`: until it is so, and prints when it is not. */
  #await([what, id, at, observer = id]: readonly string[]): readonly string[] {
    if (at !== undefined && at !== 'at') this.#fail('await voter n4 at n3');
    const conditions: Readonly<Record<string, () => boolean>> = {
      leader: () => this.#selected(id === undefined ? [] : [id]).some((node) => this.#leads(node)),
      voter: () => this.#node(observer).state?.group.voters.includes(this.#node(id).id) === true,
    };
    const condition = conditions[what ?? ''] ?? this.#fail(`cannot wait for "${what ?? ''}"`);
    for (let waitedMs = 0; waitedMs < awaitMs; waitedMs += 1) {
      if (condition()) return [];
      this.#wait(1);
    }
    return [`not within ${awaitMs} ms`];
  }

  #propose(id: string | undefined, commands: readonly string[]): readonly string[] {
    const node = this.#node(id);
    return commands.every((command) => this.#there().propose(node, command)) ? [] : ['refused'];
  }

  /** Stands for election as if its leader had asked it to. */
  #stand(node: SimulatedNode): readonly string[] {
    const term = node.state?.term ?? this.#fail(`${node.id} is down`);
    node.receive({ type: 'timeoutNow', from: 'scenario', term, storageId: '' });
    return [];
  }

  /** `add n4 at n1 [disk D]`: starts the node when it is new, and asks the leader to count it. */
  #add(id: string | undefined, [at, leader, disk, storageId]: readonly string[]): readonly string[] {
    if (id === undefined || at !== 'at' || (disk !== undefined && disk !== 'disk'))
      this.#fail('add n4 at n1 [disk D]');
    if (!this.#there().nodes.has(id)) this.#there().add(id).boot();
    return answer(this.#node(leader).change(addition(id, storageId ?? null)));
  }

  #remove(id: string | undefined, at: string | undefined, leader: string | undefined): readonly string[] {
    if (at !== 'at') this.#fail('remove n2 at n1');
    return answer(this.#node(leader).change({ kind: 'remove', id: this.#node(id).id }));
  }

  #cut(from: string | undefined, sign: string | undefined, to: string | undefined): readonly string[] {
    if (sign !== '>' && sign !== '<>') this.#fail('cut n1 > n2, or n1 <> n2');
    const group = this.#there();
    group.cut(this.#node(from).id, this.#node(to).id);
    if (sign === '<>') group.cut(this.#node(to).id, this.#node(from).id);
    return [];
  }

  /** `isolate n1 n2`: these hear each other, and nobody else. */
  #isolate(ids: readonly string[]): readonly string[] {
    const inside = new Set(ids.map((id) => this.#node(id).id));
    for (const one of inside) {
      for (const other of this.#there().nodes.keys()) {
        if (inside.has(other)) continue;
        this.#there().cut(one, other);
        this.#there().cut(other, one);
      }
    }
    return [];
  }

  #leads(node: SimulatedNode): boolean {
    return node.leaseEnd > this.#there().time.now;
  }

  #statusOf(node: SimulatedNode): string {
    const { state } = node;
    if (state === null) return `${node.id}: down`;
    const lease = this.#leads(node) ? ' with a lease' : '';
    const leader = state.role === 'leader' || state.leader === null ? '' : ` of ${state.leader}`;
    return `${node.id}: ${state.role}${leader}${lease}, term ${state.term}, commit ${state.commit}`;
  }
}

function answer(proposal: ReturnType<SimulatedNode['change']>): readonly string[] {
  if (proposal === null) return ['no answer'];
  return 'refused' in proposal ? [`refused: ${proposal.refused}`] : [];
}

function logOf({ id, state }: SimulatedNode): string {
  if (state === null) return `${id}: down`;
  const entries = state.log.slice(state.log.firstIndex, state.log.lastIndex).map(describeEntry);
  const start = state.log.firstIndex > 1 ? [`snapshot to ${state.log.firstIndex - 1}`] : [];
  return `${id}: ${[...start, ...entries].join(', ') || 'empty'}`;
}

function membersOf({ id, state }: SimulatedNode): string {
  if (state === null) return `${id}: down`;
  const pending = state.pendingConfigurations.length > 0 ? ', not committed' : '';
  return `${id}: ${describeGroup(state.group.members)}${pending}`;
}
