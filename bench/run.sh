#!/bin/sh
# Compiles and times every workload of this folder: bench/run.sh [THREADS [NAME..]]. A line of JSON each, as the peers print.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
netc=${NETC:-$here/../build/bin/netc}
threads=${1:-1}
[ $# -gt 0 ] && shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ $# -gt 0 ] || set -- $(cd "$here" && ls W*.net | sed 's/\.net$//')
for name; do
  "$netc" "$here/$name.net" -o "$work/$name"
  (cd "$work" && "./$name" bench --json --name "$name" --threads "$threads")
done
