# Commands of unset login uid: those of a container are recorded, those of the host are not.
. /scenarios/lib.sh
mkdir -p /sys/fs/cgroup
grep -q ' /sys/fs/cgroup ' /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup
group=/sys/fs/cgroup/docker/$(printf 'c%.0s' $(seq 64))
mkdir -p /sys/fs/cgroup/docker "$group"
# A runtime's monitor: outside, and the parent of what runs inside.
{ echo "#!$(command -v bash)"; cat; } > /bin/conmon <<'RUNTIME'
group=$1
shift
bash -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$group" "$@"
RUNTIME
chmod 755 /bin/conmon
install_agent "rules: {unattended: containers, profile: light}"
start_agent
for i in $(seq 10); do
  /bin/conmon "$group" /opt/busybox/busybox echo gone-at-once-$i
  /opt/busybox/busybox echo on-the-host-$i
done
for i in $(seq 5); do
  /bin/conmon "$group" /opt/busybox/busybox sh -c "/opt/busybox/busybox echo inside-$i; /opt/busybox/busybox sleep 0.3"
done
session $alice /opt/busybox/busybox echo in-a-session
sleep 2
stop_agent
cleanup
keep_spool
