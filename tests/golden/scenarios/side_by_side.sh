# Four loops at once: events and their records interleave.
loop() { i=0; while [ $i -lt 15 ]; do /bin/true "$1" $i; i=$((i + 1)); done; }
loop a & loop b & loop c & loop d &
wait
