# As backlog, on a kernel that was booted to keep, or count, each record that it cannot deliver.
. /scenarios/backlog.sh
