#!/usr/bin/env bash
# Applies the changesets, and writes the new version into the lock file and the plugin manifest.
set -euo pipefail
cd "$(dirname "$0")/../.."

npx changeset version
npm install --package-lock-only --ignore-scripts --no-audit --no-fund
version=$(node -p 'require("./package.json").version')
sed -i -E "s/^  \"version\": \"[^\"]*\"/  \"version\": \"$version\"/" openclaw.plugin.json
