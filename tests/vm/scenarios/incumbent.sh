# The distribution's own auditd holds the seat since boot, with a disk-full action that would stop
# this host; rules of its own are loaded.
. /scenarios/lib.sh
mkdir -p /etc/audit /var/log/audit
cat > /etc/audit/auditd.conf <<'CONF'
local_events = yes
write_logs = yes
log_file = /var/log/audit/audit.log
log_format = RAW
flush = NONE
max_log_file = 8
num_logs = 2
max_log_file_action = ROTATE
space_left = 5
space_left_action = SYSLOG
admin_space_left = 2
admin_space_left_action = SINGLE
disk_full_action = HALT
disk_error_action = SYSLOG
CONF
chmod 640 /etc/audit/auditd.conf
auditctl -a always,exit -F arch=b64 -S execve -F 'auid!=unset' -k theirs
auditd
wait_until 30 "auditd to take the seat" sh -c 'auditctl -s | grep -q "^pid [1-9]"'
auditctl -s > /results/status.before
doctor doctor
install_agent
start_agent
session $alice bash -c 'id'
sleep 2  # the window of a frame
stop_agent
auditctl -l > /results/rules.after
auditctl -s > /results/status.after
kill "$(cat /run/auditd.pid)"
wait_until 30 "auditd to end" sh -c '! [ -e /run/auditd.pid ]'
cp /var/log/audit/audit.log /results/audit.log
keep_spool
