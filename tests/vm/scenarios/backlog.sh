# A backlog of 64 records and a stopped reader: the host goes on, and what is lost is counted.
. /scenarios/lib.sh
# The kernel would let each program wait; what is lost for want of that is the point here. An agent
# that keeps the wait time to its own setting is told so.
install_agent 'kernel:' '  backlog_limit: 64'
if spoor-agent --check-config | grep -q backlog_wait_time_ms; then
  install_agent 'kernel:' '  backlog_limit: 64' '  backlog_wait_time_ms: 0'
fi
start_agent
auditctl --backlog_wait_time 0
auditctl -s > /results/status.before
session $alice bash -c '/usr/bin/env true'
sleep 1
kill -STOP $agent_pid
# Arguments of 100 kB each: 14 records a command. The socket's buffer takes some 200 of them.
date +%s > /results/began
session $alice bash -c '
  long=$(printf "x%.0s" {1..100000})
  for ((i = 0; i < 600; i++)); do /usr/bin/true "$i" "$long"; done'
date +%s > /results/ended
auditctl -s > /results/status.stopped
kill -CONT $agent_pid
session $alice bash -c '/usr/bin/env true after'
# Twice the agent's look at the kernel's counter.
sleep 22
session $alice bash -c '/usr/bin/env true last'
stop_agent
lost > /results/lost
auditctl -s > /results/status.after
keep_spool
