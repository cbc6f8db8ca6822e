#!/bin/sh
# install-app.sh APP: installs the production dependencies of apps/APP into /app/node_modules
set -eu

npm ci --omit=dev --prefer-offline --workspace "apps/$1"

# Development packages of the workspace are linked all the same; their folders will not be there.
rm -f node_modules/@hanok/testkit

# better-sqlite3 carries its binaries for eight platforms and the sources they are made from.
if [ -d node_modules/better-sqlite3 ]; then
  rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src
  find node_modules/better-sqlite3/prebuilds -type f ! -name "linux-$(node --print process.arch).node" -delete
fi
# Nothing checks types here. Licences stay.
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete

# A dependency that npm could not put at the top, for another version that somebody else wants, lies with the package
# that needs it.
mkdir nested
for modules in apps/*/node_modules packages/*/node_modules; do
  if [ -d "$modules" ]; then
    mkdir -p "nested/$(dirname "$modules")"
    cp -R "$modules" "nested/$modules"
  fi
done
