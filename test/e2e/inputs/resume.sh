#!/bin/sh
# resume.sh FOLDER: every dump in FOLDER/dumps is compiled to an executable that trains and predicts; the predictions are
# to be those of FOLDER/y.npy, bit by bit.
set -eu
for dump in "$1"/dumps/*; do
  netc "$dump" -o "$1/again"
  "$1/again" train --checkpoint "$1/again.safetensors"
  "$1/again" predict --checkpoint "$1/again.safetensors" --x "$1/x.npy" -o "$1/again.npy"
  cmp "$1/y.npy" "$1/again.npy"
  rm "$1/again.safetensors"
  echo "same: $(basename "$dump")"
done
