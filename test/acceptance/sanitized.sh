#!/bin/sh
# Line 8: wrong programs and broken files, here and under the address sanitizer: that build is SANITIZED, by default one in WORK.
set -eu
tests='diagnostics/|runtime/(bad-files|mutated-files|cli)|frontend/(mutated|syntax)|e2e/'
sanitized=${SANITIZED:-$WORK/build-asan}
[ -e "$sanitized/build.ninja" ] || cmake -S "$SOURCE" --preset asan -B "$sanitized" > "$WORK/asan.log"
ninja -C "$sanitized" netc net-opt netrt-fake net-unit >> "$WORK/asan.log" 2>&1 || { echo "line $LINE: not measured: no build"; exit 1; }
sh "$SOURCE/test/acceptance/tests.sh" "without sanitizer: " "$tests"
sh "$SOURCE/test/acceptance/tests.sh" "with the sanitizer: " "$tests" "$sanitized"
