#!/bin/sh
# inside.sh COMMAND: in the clone on the Debian of line 1, without anything of this environment. Mounts end with it.
exec unshare --mount sh -c '
  mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
  exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    chroot "$1" sh -c "cd /root/netc && $2"' sh "$WORK/debian" "$1"
