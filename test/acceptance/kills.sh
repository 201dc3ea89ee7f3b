#!/bin/bash
# Line 7: examples/lenet.net killed 100 times (KILLS: another number) at random moments and resumed each time leaves the checkpoint
# and the log of an unbroken run. Two epochs, again and again until there were as many kills. Then the tests of failing disks.
set -u
wanted=${KILLS:-100}
fall() { echo "line $LINE: $*: falls short"; exit 1; }
rm -rf "$WORK/kills" && mkdir -p "$WORK/kills/whole" && cd "$WORK/kills" || exit 1
netc "$SOURCE/examples/lenet.net" -o lenet || fall "not compiled"
run=(train --epochs 2 --threads 1 --log log.jsonl)
(cd whole && ../lenet "${run[@]}" 2> /dev/null) || fall "the unbroken run fails"

kills=0 rounds=0 loaded=0
while [ $kills -lt "$wanted" ]; do
  rm -f lenet.safetensors* log.jsonl
  again='' tries=0 rounds=$((rounds + 1))
  while :; do
    ./lenet "${run[@]}" --save-every 50 $again 2> err &
    process=$!
    # Longer each time: on a busy machine a run may need long until it first saves.
    wait_ms=$((RANDOM % 2000 + 50 + 50 * tries++))
    sleep $((wait_ms / 1000)).$(printf %03d $((wait_ms % 1000)))
    kill -KILL $process 2> /dev/null
    wait $process 2> /dev/null
    code=$?
    [ $code -eq 0 ] && break
    [ $code -eq 137 ] || fall "exit code $code after $kills kills: $(tail -n 1 err)"
    kills=$((kills + 1))
    [ -e lenet.safetensors ] && again=--resume && loaded=$((loaded + 1))
  done
  cmp lenet.safetensors whole/lenet.safetensors || fall "$kills kills: another result"
  cmp log.jsonl whole/log.jsonl || fall "$kills kills: another log"
done
echo "$kills kills in $rounds runs, $loaded of them resumed from a checkpoint: each run ends with the same bytes"
sh "$SOURCE/test/acceptance/tests.sh" "$kills kills, the same weights; " 'runtime/(system|inject|resume)|e2e/full-disk'
