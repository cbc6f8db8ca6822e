import { globalOptions } from '../arguments/global-options.ts';
import { defineCommand, type Command } from '../command.ts';
import { usageError } from '../errors.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { zshScript } from './zsh.ts';

/** What a shell can offer after some words of a command line. */
export interface Choices {
  /** The words before, such as `campaign start`; empty at the beginning. */
  readonly after: string;
  readonly words: readonly { readonly word: string; readonly summary: string }[];
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `hanok completion` */
export function completionCommand(commands: () => readonly Command[]): Command {
  return defineCommand({
    name: 'completion',
    summary: 'print the completion script of a shell',
    arguments: [{ name: 'SHELL', summary: 'bash, zsh or fish' }],
    examples: [
      ['completion bash > ~/.local/share/bash-completion/completions/hanok', 'for bash'],
      ['completion zsh > "${fpath[1]}/_hanok"', 'for zsh'],
      ['completion fish > ~/.config/fish/completions/hanok.fish', 'for fish'],
    ],
    run({ arguments: [shell = ''] }) {
      if (!Object.hasOwn(scripts, shell)) throw usageError(`SHELL must be bash, zsh or fish, not "${shell}"`);
      const text = scripts[shell as keyof typeof scripts](choicesOf(commands())).trimEnd();
      return Promise.resolve({ value: { shell, script: text }, text });
    },
  });
}

/** What may follow which words: commands, their second words, and the options of each. */
export function choicesOf(commands: readonly Command[]): readonly Choices[] {
  const firstWords = [...new Set(commands.map(({ name }) => name.split(' ', 1)[0] ?? name))];
  const first = firstWords.map((word) => {
    const exact = commands.find(({ name }) => name === word);
    return { word, summary: exact?.summary ?? `commands of ${word}` };
  });
  return [
    { after: '', words: [...first, { word: 'help', summary: 'all about a command' }] },
    ...firstWords
      .map((word) => ({ word, group: commands.filter(({ name }) => name.startsWith(`${word} `)) }))
      .filter(({ word, group }) => group.length > 0 && !commands.some(({ name }) => name === word))
      .map(({ word, group }) => ({ after: word, words: secondWords(group) })),
    ...commands.map((command) => ({
      after: command.name,
      words: [
        ...secondWords(commands.filter(({ name }) => name.startsWith(`${command.name} `))),
        ...(command.name === 'completion'
          ? Object.keys(scripts).map((word) => ({ word, summary: `for ${word}` }))
          : []),
        ...Object.entries({ ...command.options, ...globalOptions }).map(([name, { summary }]) => ({
          word: `--${name}`,
          summary,
        })),
      ],
    })),
  ];
}

function secondWords(group: readonly Command[]) {
  return group.map(({ name, summary }) => ({ word: name.split(' ')[1] ?? name, summary }));
}
