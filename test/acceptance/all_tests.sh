#!/bin/sh
# Line 2: README's second command, behind line 1 and in its clone; then with a CHECK and an EXPECT that are wrong.
set -eu
clone=$WORK/debian/root/netc
inside=$(dirname "$0")/inside.sh
[ -x "$clone/build/bin/netc" ] || { echo "line $LINE: not measured: line 1 comes first"; exit 1; }

# How long the tests take, their exit code and last line; all they say goes to $1.
tests() {
  start=$(date +%s) code=0
  sh "$inside" scripts/test.sh > "$1" 2>&1 || code=$?
  echo "$(($(date +%s) - start)) s, exit code $code, $(tail -n 1 "$1")"
}
first=$(($(stat -c %Y "$clone/build/bin/netc") - $(stat -c %W "$clone/build")))
all=$(tests "$WORK/tests.log")
echo "all tests: $all"
sed -i 's/CHECK: net.tanh/CHECK: net.never/' "$clone/test/ops/tanh.mlir"
sed -i '0,/EXPECT_EQ(/s//EXPECT_NE(/' "$clone/test/unit/SizeExprTest.cpp"
broken=$(tests "$WORK/broken.log")
echo "two broken: $broken"
git -C "$clone" checkout -q test
verdict='falls short'
case $all/$broken in
  *"exit code 0, "*" passed, 0 failed/"*"exit code 1, "*" passed, 2 failed") [ $((first + ${all%% s*})) -lt 1500 ] && verdict=holds ;;
esac
echo "line $LINE: $all, and $first s of building before; two broken: $broken: $verdict"
[ "$verdict" = holds ]
