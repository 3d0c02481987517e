# -e 2: rules and settings cannot change until the next boot.
. /scenarios/lib.sh
auditctl -a always,exit -F arch=b64 -S execve -F 'auid!=unset' -k spoor-commands
auditctl -b 8192
auditctl -e 2
install_agent
start_agent
session $alice bash -c 'id'
doctor doctor
stop_agent
cleanup_code=0
cleanup || cleanup_code=$?
echo "$cleanup_code" > /results/cleanup.code
auditctl -l > /results/rules.after
auditctl -s > /results/status.after
keep_spool
