#!/usr/bin/env bash
#
# readme-session.sh [FILE]: runs the shell blocks of FILE (default README.md) that stand between
# <!-- session:start --> and <!-- session:end -->, as one script, against the stack that is running.
# A command that fails, or a request answered with an error, ends it.

set -euo pipefail

file=${1:-$(dirname "$0")/../../../README.md}

session=$(awk '
  /<!-- session:start -->/ { inside = 1 }
  /<!-- session:end -->/ { inside = 0 }
  /^```/ { code = inside && /^```sh$/; next }
  inside && code
' "$file")

[[ $session ]] || {
  echo "$file has no session: no \`\`\`sh block between <!-- session:start --> and <!-- session:end -->" >&2
  exit 1
}

curl() {
  local answer status=0
  answer=$(command curl --fail-with-body --silent --show-error --max-time 30 "$@") || status=$?
  printf '%s\n' "$answer"
  ((!status)) || printf 'failed: curl %s\n%s\n' "$*" "$answer" >&2
  return "$status"
}
export -f curl

bash -euo pipefail -c "$session"
