#!/bin/sh
# run.sh BUILD WORK [LINE..]: measures lines of README.md on the build of these sources in BUILD; scratch files and logs go to WORK.
# Each ends with `line N: figures: holds`, or `falls short`, or `not measured` and why. Exit code 1 unless all hold.
set -u
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$2"
BUILD=$(cd "$1" && pwd) WORK=$(cd "$2" && pwd) SOURCE=$(cd "$here/../.." && pwd)
[ -x "$BUILD/bin/netc" ] || { echo "run.sh: no $BUILD/bin/netc" >&2; exit 2; }
shift 2
# FileCheck and lit are those that the build was configured with.
tools=$(sed -n 's/^LLVM_DIR:[A-Z]*=\(.*\)\/lib\/cmake\/llvm$/\1\/bin/p' "$BUILD/CMakeCache.txt")
PATH=$BUILD/bin:$PATH:$tools # behind it: another clang-22 would have CMake begin anew
export BUILD WORK SOURCE PATH LINE
[ $# -gt 0 ] || set -- 10 11 1 2 3 4 5 6 7 9 12 8
built() { [ -x "$BUILD/bin/$1" ] || { echo "line $LINE: not measured: no $1 in $BUILD/bin"; return 1; }; }
status=0
for LINE; do
  case $LINE in
    1) sh "$here/bare.sh" ;;
    2) sh "$here/all_tests.sh" ;;
    3) python3 "$here/accuracy.py" ;;
    4) python3 "$here/dumps.py" ;;
    5) python3 "$here/gradients.py" ;;
    6) built net-unit && python3 "$here/random_programs.py" ;;
    7) built netrt-fake && bash "$here/kills.sh" ;;
    8) built netrt-fake && sh "$here/sanitized.sh" ;;
    9) sh "$here/executable.sh" ;;
    10) python3 "$here/workloads.py" ;;
    11) python3 "$here/compile_time.py" ;;
    12) sh "$here/tests.sh" '' e2e/net-opt ;;
    *) echo "run.sh: there is no line $LINE" >&2; false ;;
  esac || status=1
done
exit $status
