#!/usr/bin/env bash
# Prints `version=` and `new=`, and fails when package and manifest disagree or npm cannot be asked.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=$(node -p 'require("./package.json").version')
manifest=$(node -p 'require("./openclaw.plugin.json").version')
if [ "$version" != "$manifest" ]; then
  echo "package.json has version $version, openclaw.plugin.json has $manifest" >&2
  exit 1
fi

status=$(curl -sS -o /dev/null -w '%{http_code}' "https://registry.npmjs.org/clawtask/$version")
case "$status" in
  200) new=false ;;
  404) new=true ;;
  *)
    echo "npm answered $status" >&2
    exit 1
    ;;
esac
echo "version=$version"
echo "new=$new"
