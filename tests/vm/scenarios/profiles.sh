# Whole profiles, unchanged, as no shared machine may load them. What is done is what each group of
# rules is for; /results/PROFILE.* and /results/spool.PROFILE tell how it went.
. /scenarios/lib.sh
setuid_program=/usr/local/bin/as-root
mkdir -p /usr/local/bin /etc/cron.d /etc/ssh /etc/pam.d /etc/systemd/system /etc/sudoers.d \
  /etc/audit /etc/modprobe.d /etc/network /var/spool/cron/crontabs
touch /etc/sudoers /etc/ssh/sshd_config /etc/pam.d/login /etc/crontab /etc/gshadow
cp /usr/bin/env $setuid_program
chmod 4755 $setuid_program

# What alice does; she becomes root by a setuid program, as sudo would make her.
cat > /tmp/deeds <<'DEEDS'
id
touch ~/mine; chmod 700 ~/mine; mv ~/mine ~/moved; rm ~/moved
nc -w 1 127.0.0.1 9 </dev/null || true
/usr/local/bin/as-root bash -p -c '
  id
  touch /etc/passwd /etc/shadow /etc/group /etc/sudoers /etc/sudoers.d/alice
  touch /etc/ssh/sshd_config /etc/pam.d/login /etc/crontab /etc/cron.d/alice
  touch /etc/systemd/system/alice.service /etc/audit/alice /etc/hosts /etc/modprobe.d/alice
  chown 1000 /tmp/owned 2>/dev/null || touch /tmp/owned
  mkdir -p /tmp/mounted; mount -t tmpfs none /tmp/mounted; umount /tmp/mounted
  date -s "$(date "+%Y-%m-%d %H:%M:%S")"
  hostname vm1
  insmod /modules/00-*.ko || true
'
DEEDS
chmod 644 /tmp/deeds

profiles=$(sed -n 's/.*spoor\.profiles=\([^ ]*\).*/\1/p' /proc/cmdline | tr , ' ')
for profile in $profiles; do
  rm -rf "$spool" "$state"
  if [ "$profile" = all-files ]; then install_agent
  else install_agent 'rules:' "  profile: $profile"; fi
  start_agent
  auditctl -l > "/results/$profile.rules"
  session $alice bash /tmp/deeds
  doctor "$profile.doctor"
  stop_agent
  keep_spool "spool.$profile"
  grep capturing "$agent_log" | tail -1 > "/results/$profile.started"
  cleanup "$profile.cleanup"
  auditctl -l > "/results/$profile.left"
done
