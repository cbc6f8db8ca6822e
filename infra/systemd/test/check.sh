#!/usr/bin/env bash
#
# check.sh: systemd reads the units without a complaint, and finds them confined. Needs systemd-analyze, which comes
# with systemd; a running systemd it does not need. The paths of an installation are made up in a folder that goes again.

set -euo pipefail
cd "$(dirname "$0")/.."

most_exposure=25 # of 100, by systemd's own measure; a unit that says nothing has 96

command -v systemd-analyze >/dev/null || {
  echo 'systemd-analyze is not installed: install systemd to check the units' >&2
  exit 1
}

root=$(mktemp -d "${TMPDIR:-/tmp}/hanok-units-XXXXXX")
trap 'rm -rf "$root"' EXIT
units=$root/usr/lib/systemd/system
mkdir -p "$units" "$root/opt/hanok/current/node_modules/.bin" "$root/etc/hanok"
install -m 0755 /bin/true "$root/opt/hanok/current/node_modules/.bin/node"
cp ./*.service ./*.target "$units"
for target in network-online sysinit basic shutdown multi-user; do
  printf '[Unit]\nDescription=%s\n' "$target" >"$units/$target.target"
done
# A template is checked by an instance of it.
instances=()
for file in *.service *.target; do
  case $file in
    hanok-player-service@.service) instances+=(hanok-player-service@8001.service) ;;
    hanok-lb-proxy@.service) instances+=(hanok-lb-proxy@a.service) ;;
    *) instances+=("$file") ;;
  esac
done

complaints=$(systemd-analyze verify --man=no --root="$root" "${instances[@]}" 2>&1) || true
if [[ $complaints ]]; then
  printf '%s\n' "$complaints" >&2
  exit 1
fi
echo "systemd reads ${#instances[@]} units without a complaint"

for unit in *.service; do
  exposure=$(systemd-analyze security --offline=yes --root="$root" --threshold="$most_exposure" --no-pager "$unit" 2>&1 |
    tail -n 1) || {
    printf '%s\n' "$exposure" >&2
    exit 1
  }
  printf "%s\n" "${exposure#*Overall exposure level for }"
done
