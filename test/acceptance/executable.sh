#!/bin/sh
# Line 9: what a compiled LeNet needs, its size, and what it takes of memory.
set -eu
rm -rf "$WORK/executable" && mkdir -p "$WORK/executable" && cd "$WORK/executable"
netc "$SOURCE/examples/lenet.net" -o lenet
ldd ./lenet
strip -o stripped lenet
size=$(stat -c %s stripped)
# runtime/README.md names these; the loader and the kernel's page are everyone's.
others=$(ldd ./lenet | awk '{ print $1 }' | grep -vE '^(linux-vdso|lib(c|m|stdc\+\+|gcc_s|z))\.so|/ld-linux' | tr '\n' ' ' || true)
[ -z "$others" ] && [ "$size" -lt $((600 * 1024)) ] || { echo "line $LINE: $size bytes, others than it may need: $others: falls short"; exit 1; }
sh "$SOURCE/test/acceptance/tests.sh" "$((size / 1024)) KiB stripped, libraries as they should be; " runtime/system
