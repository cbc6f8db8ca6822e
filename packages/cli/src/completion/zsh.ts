import type { Choices } from './completion.ts';

/** Completion for zsh, to be put on the fpath as `_hanok`. */
export function zshScript(choices: readonly Choices[]): string {
  const cases = choices
    .map(({ after, words }) => {
      const lines = words.map(({ word, summary }) => `        ${quote(`${word}:${summary}`)}`);
      return `    '${after}') list=(\n${lines.join('\n')}\n      ) ;;`;
    })
    .join('\n');
  return `#compdef hanok
_hanok() {
  local before='' word
  local -a words_before offered
  words_before=("\${(@)words[2,CURRENT-1]}")
  for word in $words_before; do
    [[ $word == -* ]] && continue
    _hanok_words "\${before:+$before }$word" && before="\${before:+$before }$word"
  done
  _hanok_words "$before"
  _describe -t commands hanok offered || _files
}
_hanok_words() {
  local -a list
  case "$1" in
${cases}
    *) return 1 ;;
  esac
  offered=("\${list[@]}")
}
if [[ $funcstack[1] == _hanok ]]; then _hanok "$@"; else compdef _hanok hanok; fi
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
