# -a never,task, as several distributions ship it: no task born under it is audited at all.
. /scenarios/lib.sh
auditctl -a never,task
install_agent
start_agent
session $alice bash -c 'id'
doctor doctor
stop_agent
auditctl -d never,task
doctor doctor.after
keep_spool
