#!/bin/bash
# usage: inject.sh NETRT-FAKE
# Every system call that a save makes fails once, and is once the last before a kill: afterwards
# there is a checkpoint that loads, and the exit code says what happened. Needs strace.
set -u
fake=$(realpath "$1")
command -v strace > /dev/null || { echo "no strace: not checked"; exit 0; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
# A sanitized build looks for leaks as a debugger would, which strace is already.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
fail() { echo "FAILED: $*"; exit 1; }

"$fake" points 100 > points.csv
"$fake" train Fit --epochs 1 --threads 1 2>/dev/null && "$fake" train Fit --resume --epochs 2 --threads 1 2>/dev/null || fail "first runs"
mkdir clean && cp line.safetensors* clean
calls=openat,write,fsync,close,link,linkat,rename,renameat,renameat2,unlink,ftruncate

checked=0
for what in error=ENOSPC error=EIO signal=KILL; do
  for call in ${calls//,/ }; do
    for when in $(seq 1 40); do
      rm -f line.safetensors* log.jsonl && cp clean/* .
      # Bash tells of each kill on its own stderr.
      { strace -f -o trace -e trace=$calls -e inject=$call:$what:when=$when \
        "$fake" train Fit --resume --epochs 3 --threads 1 --log log.jsonl > out 2>&1; } 2> /dev/null
      code=$?
      grep -q 'INJECTED\|killed by SIGKILL' trace || break # fewer calls than that
      checked=$((checked + 1))
      case $what$code in
        error*0 | error*1 | error*74 | error*127 | signal*137) ;;
        *) fail "exit code $code for $call:$what:$when: $(cat out)" ;;
      esac
      "$fake" report > out 2>&1 || fail "no checkpoint left after $call:$what:$when: $(cat out)"
    done
  done
done
echo "$checked failures and kills: always a checkpoint that loads"
