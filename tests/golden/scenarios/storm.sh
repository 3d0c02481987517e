# 200 short commands as fast as one shell can.
i=0
while [ $i -lt 200 ]; do /bin/true $i; i=$((i + 1)); done
