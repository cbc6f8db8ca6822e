#!/usr/bin/env bash
#
# check.sh [OVERLAY...]: builds the images, starts docker-compose.yml (with overlays laid over it), waits until
# every container is healthy, and checks that
#   - containers run without root's powers on a file system they cannot write to;
#   - images hold no tests and no development packages, list what they hold, and are under 250 MB;
#   - the session of the README works;
#   - services can be replaced under load without a failed request: coordinators and player-services, at scale all;
#   - requests go on when a player-service is killed, and the coordinators find another leader;
#   - services end in order when they are asked to.
# Then it takes everything down again, volumes included. COMPOSE names the compose to use.

set -euo pipefail
cd "$(dirname "$0")/../../.."

read -ra compose <<<"${COMPOSE:-docker compose} --project-name hanok-check --file docker-compose.yml"
for overlay; do compose+=(--file "$overlay"); done
export ADMIN_TOKEN=${ADMIN_TOKEN:-hanok-local-admin}

healthy_deadline_seconds=300
most_image_bytes=250000000

say() { printf '  %s\n' "$*"; }

fail() {
  say "FAILED: $*" >&2
  exit 1
}

take_down() {
  local status=$?
  if ((status)); then "${compose[@]}" ps && "${compose[@]}" logs --tail 60; fi >&2
  # The profile, for an lb-proxy that has just taken over.
  COMPOSE_PROFILES=hand-over "${compose[@]}" down --volumes --remove-orphans --timeout 10 >/dev/null 2>&1 || status=1
  exit "$status"
}

# container SERVICE: its id
container() { "${compose[@]}" ps -q "$1"; }

unhealthy() {
  "${compose[@]}" ps -q | xargs docker inspect --format '{{.Name}} {{.State.Status}} {{.State.Health.Status}}' |
    grep -v ' running healthy$' || true
}

# Containers that Docker has had to start again several times
crashing() {
  "${compose[@]}" ps -q | xargs docker inspect --format '{{.RestartCount}} {{.Name}}' | awk '$1 > 3 { print $2 }'
}

wait_until_healthy() {
  local waiting crashed
  while waiting=$(unhealthy) && [[ $waiting ]]; do
    crashed=$(crashing)
    [[ ! $crashed ]] || fail "ends again and again: $crashed"
    ((SECONDS < started + healthy_deadline_seconds)) || fail "not healthy in time: $waiting"
    sleep 1
  done
}

check_confinement() {
  local id name user read_only caps options
  for id in $("${compose[@]}" ps -q); do
    read -r name user read_only caps options < <(docker inspect --format \
      '{{.Name}} {{or .Config.User "root"}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}}' "$id")
    [[ $read_only == true ]] || fail "$name has a file system it can write to"
    [[ $caps == '[ALL]' ]] || fail "$name keeps capabilities"
    [[ $options == *no-new-privileges* ]] || fail "$name can gain privileges"
    # etcd's image has no other user; without capabilities it is root by name only.
    [[ $user != root || $name == *etcd* ]] || fail "$name runs as root"
  done
}

check_images() {
  local service leftovers
  for service in coordinator-1 player-service-1 cache-service lb-proxy; do
    leftovers=$(docker exec "$(container "$service")" find /app \( -path '*/@hanok/testkit' -o -name vitest -o \
      -name typescript -o -name turbo -o -path '/app/*/test' -not -path '*/node_modules/*' -o -name 'node-linux-*' \))
    [[ ! $leftovers ]] || fail "the image of $service holds $leftovers"
    docker exec "$(container "$service")" grep -q '"bomFormat": "CycloneDX"' /app/sbom.cdx.json ||
      fail "the image of $service has no list of its parts"
  done
  docker images --format '{{.Repository}} {{.ID}}' --filter reference='hanok/*:latest' | while read -r name id; do
    (($(docker image inspect --format '{{.Size}}' "$id") < most_image_bytes)) || fail "$name is larger than 250 MB"
  done
}

# --- rolling upgrade ------------------------------------------------------------------

# Asks at once what Docker asks every five seconds
wait_until_ready() {
  local deadline=$((SECONDS + healthy_deadline_seconds))
  until docker exec "$(container "$1")" node /app/healthcheck.js >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "$1 is not ready in time"
    sleep 0.2
  done
}

# A new container in the place of a service's
replace() {
  "${compose[@]}" up --detach --no-deps --force-recreate --timeout 20 "$1" >/dev/null 2>&1
  wait_until_ready "$1"
}

# hand_over FROM TO: one lb-proxy takes over ports and connections from the other, which ends by itself
hand_over() {
  local before
  before=$(container "$1")
  "${compose[@]}" up --detach --no-deps "$2" >/dev/null 2>&1
  [[ $(timeout "$healthy_deadline_seconds" docker wait "$before") == 0 ]] || fail "$1 did not hand over to $2"
  wait_until_ready "$2"
  "${compose[@]}" rm --force "$1" >/dev/null 2>&1
}

# Begins requests from this machine and from within the network, at what is not replaced; see steady-load.mjs
begin_load() {
  local client=infra/compose/test/steady-load.mjs
  load=$(mktemp -d)
  mkfifo "$load/going-on"
  node "$client" outside <"$load/going-on" >"$load/outside" &
  clients=($!)
  docker exec --interactive "$(container lb-proxy)" node --input-type=module --eval "$(<"$client")" inside \
    <"$load/going-on" >"$load/inside" &
  clients+=($!)
  exec {going_on}>"$load/going-on"
}

# Ends them, and fails if one has failed; says how many there were
end_load() {
  local where answered failed why all=0
  exec {going_on}>&-
  wait "${clients[@]}"
  for where in outside inside; do
    read -r answered failed why <"$load/$where" || fail "no word of the requests from $where"
    ((failed == 0)) || fail "$failed requests from $where failed during the upgrade: $why"
    ((answered > 100)) || fail "only $answered requests from $where were answered during the upgrade"
    ((all += answered))
  done
  rm -r "$load"
  requests=$all
}

# Replaces every service that there is two of, one container after the other, while requests come in
check_rolling_upgrade() {
  local service begun=$SECONDS replaced=(coordinator-1 coordinator-2 coordinator-3)
  ! has lb-proxy-a || replaced+=(cache-service cache-service-2)
  replaced+=(player-service-1 player-service-2 player-service-3)
  begin_load
  for service in "${replaced[@]}"; do replace "$service"; done
  if has lb-proxy-a; then
    hand_over lb-proxy-a lb-proxy-b
    hand_over lb-proxy-b lb-proxy-a
    replaced+=(lb-proxy-a lb-proxy-b)
  fi
  end_load
  say "replaced ${replaced[*]} in $((SECONDS - begun)) s: $requests requests, none failed"
}

has() { "${compose[@]}" config --services | grep -qx "$1"; }

# json EXPRESSION: evaluates it with the document on standard input as `it`
json() { node -e 'const it = JSON.parse(require("fs").readFileSync(0, "utf8")); console.log('"$1"')'; }

game() { curl --fail --silent --show-error --max-time 30 --header "Authorization: Bearer $ADMIN_TOKEN" "$@"; }

check_survival() {
  local request leader next
  docker kill "$(container player-service-2)" >/dev/null
  for request in {1..60}; do
    game "http://127.0.0.1:8080/v1/players?limit=1" >/dev/null || fail "request $request after the kill of a player-service"
  done

  leader=$(leader_at 7001) || fail 'there is no leader'
  docker kill "$(container "$leader")" >/dev/null
  for request in {1..60}; do
    next=$(any_leader "$leader") && break
    sleep 0.5
  done
  [[ ${next-} && $next != "$leader" ]] || fail "no other leader after the kill of $leader"
  say "killed player-service-2 and the leader $leader: requests went on, $next leads now"
}

leader_at() { game "http://127.0.0.1:$1/v1/leader" 2>/dev/null | json 'it.stale ? "" : it.leaderId ?? ""'; }

any_leader() {
  local port leader
  for port in 7001 7002 7003; do
    leader=$(leader_at "$port" 2>/dev/null) && [[ $leader && $leader != "$1" ]] && echo "$leader" && return
  done
  return 1
}

check_stop() {
  local image name code running
  running=$(docker ps --quiet --filter label=com.docker.compose.project=hanok-check)
  "${compose[@]}" stop --timeout 15 >/dev/null 2>&1
  while read -r image name code; do
    [[ $image != hanok/* || $code == 0 ]] || fail "$name ended with exit code $code"
  done < <(xargs docker inspect --format '{{.Config.Image}} {{.Name}} {{.State.ExitCode}}' <<<"$running")
  say 'services stopped in order'
}

trap take_down EXIT
trap 'exit 130' INT TERM

"${compose[@]}" build --quiet
started=$SECONDS
"${compose[@]}" up --detach
wait_until_healthy
say "healthy after $((SECONDS - started)) s: $("${compose[@]}" ps -q | wc -l) containers"
check_confinement
check_images
docker images --format '  {{.Repository}} {{.Size}}' --filter reference='hanok/*'
infra/compose/test/readme-session.sh >/dev/null
say 'the session of the README works'
check_rolling_upgrade
check_survival
check_stop
