# Three boots with one spool on a disk: an orderly stop, then a reset in full flight.
. /scenarios/lib.sh
for module in /modules/*.ko; do insmod "$module"; done
wait_until 10 "the disk" test -b /dev/vda
mount -t ext4 /dev/vda /mnt
mkdir -p /var/lib /mnt/spoor-agent
[ -e /mnt/boots ] || echo 0 > /mnt/boots
boots=$(($(cat /mnt/boots) + 1))
echo $boots > /mnt/boots
echo "boot $boots"
ln -s /mnt/spoor-agent /var/lib/spoor-agent
agent_log=/mnt/agent.$boots.log
spool=/mnt/spoor-agent/spool
install_agent 'spool:' "  folder: $spool"
chown $agent_uid:$agent_uid /mnt/spoor-agent
chmod 755 /mnt
start_agent
session $alice bash -c "/usr/bin/env true boot$boots"
case $boots in
  1)
    stop_agent
    sync
    reboot -f
    sleep 60
    ;;
  2)
    sleep 2  # the frame of what was just done is on the disk
    sync
    session $alice bash -c '/usr/bin/env true perhaps'
    echo b > /proc/sysrq-trigger
    sleep 60
    ;;
  3)
    stop_agent
    cp /mnt/agent.*.log /results/
    keep_spool
    umount /mnt
    ;;
esac
