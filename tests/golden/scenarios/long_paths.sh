# A folder deeper than any path may be long: the kernel has no room to write where a command ran.
python3 -S - <<'PYTHON'
import os
for _ in range(20):
    os.mkdir("d" * 250)
    os.chdir("d" * 250)
os.spawnv(os.P_WAIT, "/usr/bin/id", ["id", "-u"])
PYTHON
