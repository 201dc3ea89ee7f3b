#!/bin/sh
# tests.sh FIGURES REGEX [BUILD]: the files of the suite that the expression finds, and the verdict: FIGURES, then how many passed.
set -eu
build=${3:-$BUILD}
lit=$(sed -n 's/^NETC_LIT:FILEPATH=//p' "$build/CMakeCache.txt")
code=0
python3 "$lit" -v -j 1 --filter "$2" "$build/test" > "$WORK/tests-$LINE.log" 2>&1 || code=$?
sed -n '/^\(PASS\|FAIL\|UNRESOLVED\|UNSUPPORTED\|TIMEOUT\):/p' "$WORK/tests-$LINE.log"
passed=$(grep -c '^PASS:' "$WORK/tests-$LINE.log" || true) others=$(grep -c '^[A-Z]*: netc ::' "$WORK/tests-$LINE.log" || true)
others=$((others - passed)) verdict='falls short'
[ $code = 0 ] && [ "$passed" -gt 0 ] && [ $others = 0 ] && verdict=holds
echo "line $LINE: $1$passed tests pass, $others do not: $verdict"
[ "$verdict" = holds ]
