import type { Choices } from './completion.ts';

/** Completion for fish 3 and later. */
export function fishScript(choices: readonly Choices[]): string {
  const known = choices.map(({ after }) => after).filter((after) => after !== '');
  const lines = choices.flatMap(({ after, words }) =>
    words.map(({ word, summary }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c hanok -n "__hanok_after '${after}'" ${what} -d ${quote(summary)}`;
    }),
  );
  return `# hanok completion for fish
function __hanok_after
    set -l before ''
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        set -l next (string trim -- "$before $word")
        contains -- "$next" ${known.map((each) => `'${each}'`).join(' ')}; and set before $next
    end
    test "$before" = "$argv[1]"
end
${lines.join('\n')}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
