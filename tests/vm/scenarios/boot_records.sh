# audit=1: the kernel keeps what happens before anybody listens, and gives it to the first who does.
. /scenarios/lib.sh
auditctl -a always,exit -F arch=b64 -S execve -F 'auid!=unset' -k spoor-commands
session $alice bash -c 'id; exit 3' || [ $? -eq 3 ]
lost > /results/lost
install_agent
start_agent
session $alice bash -c '/usr/bin/env true'
doctor doctor
stop_agent
keep_spool
