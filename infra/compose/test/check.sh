#!/usr/bin/env bash
#
# check.sh [OVERLAY...]: builds the images, starts docker-compose.yml (with overlays laid over it), waits until
# every container is healthy, and checks that
#   - containers run without root's powers on a file system they cannot write to;
#   - images hold no tests and no development packages, list what they hold, and are under 250 MB;
#   - the session of the README works;
#   - every coordinator and player-service can be replaced under load without a failed request;
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
  "${compose[@]}" down --volumes --remove-orphans --timeout 10 >/dev/null 2>&1 || status=1
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

# Asks the game port on a connection that is kept, one request after the other, none twice, until the file of its stop
# is there; prints how many were answered and what failed
steady_load() {
  node --input-type=module -e '
    import { existsSync } from "node:fs";
    import { Agent, get } from "node:http";
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const headers = { authorization: `Bearer ${process.env.ADMIN_TOKEN}` };
    const ask = () => new Promise((resolve) => {
      get({ host: "127.0.0.1", port: 8080, path: "/v1/players?limit=1", agent, headers }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode === 200 ? "" : String(response.statusCode)));
      }).on("error", (error) => resolve(error.message));
    });
    let answered = 0;
    const failures = [];
    while (!existsSync(process.argv[1])) {
      const failure = await ask();
      if (failure === "") answered += 1; else failures.push(failure);
    }
    agent.destroy();
    console.log(answered, failures.length, failures.slice(0, 3).join("; "));
  ' "$1"
}

# Replaces the containers of every service but lb-proxy, one by one, while requests come in
check_rolling_upgrade() {
  local folder service clients=() client answered failed why all=0
  folder=$(mktemp -d)
  for client in 1 2 3 4; do
    steady_load "$folder/stop" >"$folder/$client" &
    clients+=($!)
  done
  for service in coordinator-1 coordinator-2 coordinator-3 player-service-1 player-service-2 player-service-3; do
    started=$SECONDS
    "${compose[@]}" up --detach --no-deps --force-recreate --timeout 20 "$service" >/dev/null 2>&1
    wait_until_healthy
  done
  touch "$folder/stop"
  wait "${clients[@]}"
  for client in 1 2 3 4; do
    read -r answered failed why <"$folder/$client"
    ((failed == 0)) || fail "$failed requests failed while containers were replaced: $why"
    ((all += answered))
  done
  rm -r "$folder"
  say "replaced 3 coordinators and 3 player-services: $all requests, none failed"
}

# json EXPRESSION: evaluates it with the document on standard input as `it`
json() { node -e 'const it = JSON.parse(require("fs").readFileSync(0, "utf8")); console.log('"$1"')'; }

game() { curl --fail --silent --show-error --max-time 10 --header "Authorization: Bearer $ADMIN_TOKEN" "$@"; }

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
