# Commands of unset login uid: those of a container are recorded, those of the host are not.
. /scenarios/lib.sh
mkdir -p /sys/fs/cgroup
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
group=/sys/fs/cgroup/docker/$(printf 'c%.0s' $(seq 64))
mkdir -p /sys/fs/cgroup/docker "$group"
# A runtime's monitor: outside, and the parent of what runs inside.
cat > /bin/conmon <<'RUNTIME'
#!/bin/sh
group=$1
shift
/bin/sh -c 'echo $$ > "$0/cgroup.procs"; exec "$@"' "$group" "$@"
RUNTIME
chmod 755 /bin/conmon
install_agent "rules: {unattended: containers, profile: light}"
start_agent
for i in $(seq 10); do
  /bin/conmon "$group" /bin/busybox echo gone-at-once-$i
  /bin/busybox echo on-the-host-$i
done
for i in $(seq 5); do
  /bin/conmon "$group" /bin/busybox sh -c "/bin/busybox echo inside-$i; /bin/busybox sleep 0.3"
done
session $alice /bin/busybox echo in-a-session
sleep 2
stop_agent
cleanup
keep_spool
