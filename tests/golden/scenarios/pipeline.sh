# Commands that run at the same time, children of one shell.
seq 1 50 | grep 7 | sort -r | wc -l
