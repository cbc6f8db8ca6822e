#!/bin/sh
# Copies to /app/files what the links in node_modules/@hanok point at: the app and its packages. They must
# stay outside node_modules, where Node does not run TypeScript.
set -eu

for link in node_modules/@hanok/*; do
  folder=$(readlink "$link")
  folder=${folder#../../}
  mkdir -p "files/$folder"
  cp -R "/sources/$folder/package.json" "/sources/$folder/src" "files/$folder"
done
# For the "type": "module" of what lies at the root.
cp /sources/package.json files
