#!/bin/sh
# Line 1: a fresh clone on a bare Debian 12, in WORK/debian: README's first command. As root, with debootstrap. MIRROR and
# SECURITY name other places of Debian's packages.
set -eu
root=$WORK/debian clone=$WORK/debian/root/netc
mirror=${MIRROR:-http://deb.debian.org/debian} security=${SECURITY:-http://deb.debian.org/debian-security}
missing() { echo "line $LINE: not measured: $1"; exit 1; }
[ "$(id -u)" = 0 ] || missing "only root can make a Debian to install in"
command -v debootstrap > /dev/null || missing "no debootstrap"

[ -x "$root/usr/bin/apt-get" ] || debootstrap bookworm "$root" "$mirror" > "$WORK/debootstrap.log"
for suite in "$mirror bookworm" "$mirror bookworm-updates" "$security bookworm-security"; do
  echo "deb $suite main"
done > "$root/etc/apt/sources.list"
# The caches of a run before would make this one faster.
rm -rf "$clone" "$root/root/.cache"
git clone -q "$SOURCE" "$clone"

start=$(date +%s)
sh "$(dirname "$0")/inside.sh" scripts/quickstart.sh > "$WORK/quickstart.log" 2>&1 ||
  { tail -n 20 "$WORK/quickstart.log"; echo "line $LINE: quickstart.sh fails: falls short"; exit 1; }
end=$(date +%s)
# What each part made says when it began or ended.
installed=$(stat -c %W "$clone/build") built=$(stat -c %Y "$clone/build/bin/netc") compiled=$(stat -c %Y "$clone/build/lenet")
accuracy=$(sed -n 's/.*epoch 5\/5 .*accuracy: \([0-9.]*\).*/\1/p' "$WORK/quickstart.log" | tail -n 1)
besides=$((end - installed)) verdict='falls short'
[ $besides -lt 600 ] && awk "BEGIN { exit !(${accuracy:-0} >= 0.865) }" && verdict=holds
echo "line $LINE: packages $((installed - start)) s, building $((built - installed)) s, compiling $((compiled - built)) s," \
  "five epochs $((end - compiled)) s: $besides s beside the packages; test accuracy ${accuracy:-unknown}: $verdict"
[ "$verdict" = holds ]
