import type { Choices } from './completion.ts';

/** Completion for bash 4 and later, without the bash-completion package. */
export function bashScript(choices: readonly Choices[]): string {
  const cases = choices
    .map(({ after, words }) => `    '${after}') words='${words.map(({ word }) => word).join(' ')}' ;;`)
    .join('\n');
  return `# hanok completion for bash
_hanok() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before='' word words=''
  local -i index taken=0
  for ((index = 1; index < COMP_CWORD && taken < 2; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in -*) continue ;; esac
    if _hanok_words "\${before:+$before }$word"; then
      before="\${before:+$before }$word"
      taken+=1
    fi
  done
  _hanok_words "$before"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  # Where a file name may follow, bash offers files by itself.
  [ "\${#COMPREPLY[@]}" -gt 0 ] || compopt -o default 2>/dev/null
}
_hanok_words() {
  case "$1" in
${cases}
    *) return 1 ;;
  esac
}
complete -F _hanok hanok
`;
}
