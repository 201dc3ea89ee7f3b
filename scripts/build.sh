#!/bin/sh
# Configures and builds in build/: scripts/build.sh [TARGET..], all by default. Without debug information, which takes a seventh of
# the time, unless the folder was configured by hand.
set -eu
cd "$(dirname "$0")/.."
[ -f build/build.ninja ] || cmake --preset dev -DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1
exec ninja -C build "$@"
