#!/bin/sh
# install-app.sh APP: installs the production dependencies of apps/APP, and puts what its image needs of them into
# /app/image
set -eu

# The root's own dependencies are not among it: they are tools, and a second Node.
npm ci --omit=dev --workspace "apps/$1"
# From the lock file, because npm finds fault with a folder that lacks development packages.
npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx --workspace "apps/$1" >sbom.cdx.json

# Development packages of the workspace are linked all the same; their folders will not be there.
rm -f node_modules/@hanok/testkit

# better-sqlite3 carries its binaries for eight platforms and the sources they are made from.
if [ -d node_modules/better-sqlite3 ]; then
  rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src
  find node_modules/better-sqlite3/prebuilds -type f ! -name "linux-$(node --print process.arch).node" -delete
fi
# Nothing checks types here, and nobody debugs the insides of a dependency. Licences stay.
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \) -delete

mkdir image
mv sbom.cdx.json node_modules image
# A dependency that npm could not put at the top, for another version that somebody else wants, lies with the package
# that needs it.
for modules in apps/*/node_modules packages/*/node_modules; do
  if [ -d "$modules" ]; then
    mkdir -p "image/$(dirname "$modules")"
    cp -R "$modules" "image/$modules"
  fi
done
