#!/bin/bash
# usage: resume.sh NETRT-FAKE
# Ctrl-C and kill -9 at random moments: the run that is resumed until it is done leaves the same
# checkpoint variables and the same log as an unbroken one.
set -u
fake=$(realpath "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
fail() { echo "FAILED: $*"; exit 1; }

"$fake" points 2000 > points.csv
run=(train --epochs 120 --log log.jsonl)
mkdir whole && (cd whole && "$fake" "${run[@]}" --data .. 2>/dev/null) || fail "unbroken run"

for signal in INT KILL; do
  mkdir $signal && cd $signal || exit 1
  kills=0
  again=
  while :; do
    "$fake" "${run[@]}" --data .. --save-every 50 $again 2>err &
    process=$!
    # Longer each time: on a busy machine a run may need long until it first saves.
    wait_ms=$((RANDOM % 80 + 5 + 5 * kills))
    sleep $((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))
    kill -$signal $process 2>/dev/null && kills=$((kills + 1))
    wait $process 2> /dev/null
    code=$?
    [ $code -eq 0 ] && break
    case $signal$code in
      INT130) grep -q 'to continue: .* train --resume' err || fail "no word on how to resume" ;;
      INT2 | INT137 | KILL137) ;;
      *) fail "exit code $code after $signal: $(cat err)" ;;
    esac
    [ -e line.safetensors ] && again=--resume
    [ $kills -gt 500 ] && fail "no end after $kills kills"
  done
  cmp log.jsonl ../whole/log.jsonl || fail "$signal: another log"
  cmp line.safetensors ../whole/line.safetensors || fail "$signal: another result"
  [ -e line.safetensors.tmp ] && [ $signal = INT ] && fail "a temporary file was left"
  echo "$signal: $kills times, same log and result"
  cd ..
done
