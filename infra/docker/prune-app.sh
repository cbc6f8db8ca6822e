#!/bin/sh
# prune-app.sh APP: puts the manifests of apps/APP and of the packages it uses into /pruned/json, with their part of the
# lock file, and what they run from into /pruned/sources
set -eu

turbo prune "@hanok/$1" --docker --out-dir /pruned

mkdir /pruned/sources
cd /pruned/full
# The test helpers are a development dependency of everybody, and tests are not here.
rm -rf packages/testkit packages/*/bench packages/*/examples packages/*/generator packages/*/screenshots packages/*/sim
# package.json: for the "type": "module" of what lies at the root.
cp -R apps packages package.json /pruned/sources
