# A user's own namespaces, and a mount in them.
unshare --user --map-root-user --mount --net sh -c 'mount -t tmpfs -o ro,nosuid none /mnt/home; umount -l /mnt/home; setpriv --bounding-set -sys_admin true'
