# Commands of unset login uid: those of a container are recorded, those of the host are not.
. /scenarios/lib.sh
mkdir -p /sys/fs/cgroup
grep -q ' /sys/fs/cgroup ' /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup
group=/sys/fs/cgroup/docker/$(printf 'c%.0s' $(seq 64))
# As docker names it where systemd makes its groups.
scope=/sys/fs/cgroup/system.slice/docker-$(printf 'd%.0s' $(seq 64)).scope
mkdir -p /sys/fs/cgroup/docker "$group" "$scope"
# A runtime's monitor: outside, and the parent of what runs inside.
{ echo "#!$(command -v bash)"; cat; } > /bin/conmon <<'RUNTIME'
group=$1
shift
bash -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$group" "$@"
RUNTIME
chmod 755 /bin/conmon
# A runtime that nobody has heard of: its commands have files of their own, by the host's names, and
# are gone before anybody asks.
mkdir -p /strange/opt/busybox
mount -t tmpfs none /strange/opt/busybox
cp /opt/busybox/busybox /strange/opt/busybox/
# Another one shares the host's files, and has a pid namespace of its own.
own_pids() { /opt/busybox/busybox unshare -p -f "$@"; }
install_agent "rules: {unattended: containers, profile: light}"
start_agent
for i in $(seq 10); do
  /bin/conmon "$group" /opt/busybox/busybox echo gone-at-once-$i
  /opt/busybox/busybox echo on-the-host-$i
  /opt/busybox/busybox chroot /strange /opt/busybox/busybox echo strange-$i
done
for i in $(seq 5); do
  /bin/conmon "$group" /opt/busybox/busybox sh -c "/opt/busybox/busybox echo inside-$i; /opt/busybox/busybox sleep 0.3"
done
for i in $(seq 5); do
  /bin/conmon "$scope" /opt/busybox/busybox sh -c "/opt/busybox/busybox echo scoped-$i; /opt/busybox/busybox sleep 0.3"
done
for i in $(seq 5); do
  own_pids /opt/busybox/busybox sh -c "/opt/busybox/busybox echo own-pids-$i; /opt/busybox/busybox sleep 0.3"
done
session $alice /opt/busybox/busybox echo in-a-session
# Root of a session may take its own login uid away, leave a child behind, and take another one. (The
# audit clock cannot tell a fork from a login within the same tick.)
spoor-test-session --login-uid $alice --uid 0 --gid 0 -- bash -c \
  'echo 4294967295 > /proc/self/loginuid; /opt/busybox/busybox echo out-of-a-session
   (sleep 1; exec /opt/busybox/busybox echo nor-its-child) &
   sleep 0.3
   echo $1 > /proc/self/loginuid; sleep 0.3' bash $((alice + 1))
sleep 3
stop_agent
cleanup
keep_spool
