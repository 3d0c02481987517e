# The least: the agent starts on this kernel, records a session, and puts everything back.
. /scenarios/lib.sh
auditctl -s > /results/status.before
install_agent
start_agent
session $alice bash -c 'id; /usr/bin/env true; exit 7' || [ $? -eq 7 ]
sleep 2  # ends of processes are held back for a moment, since their records may come later
stop_agent
auditctl -l > /results/rules
cleanup
auditctl -l > /results/rules.after
auditctl -s > /results/status.after
keep_spool
