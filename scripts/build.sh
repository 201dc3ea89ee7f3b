#!/bin/sh
# Configures and builds in build/: scripts/build.sh [TARGET..], all by default.
set -eu
cd "$(dirname "$0")/.."
[ -f build/build.ninja ] || cmake --preset dev
exec ninja -C build "$@"
