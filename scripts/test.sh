#!/bin/sh
# Installs, builds and runs all tests. The last line is `N passed, N failed`; a build that fails counts as one failure.
set -eu
cd "$(dirname "$0")/.."
counts=build/test/counts.txt
rm -f $counts
trap 'status=$?; cat $counts 2> /dev/null || { [ $status != 0 ] || status=1; echo "0 passed, 1 failed"; }; exit $status' EXIT
scripts/setup.sh
scripts/build.sh check
