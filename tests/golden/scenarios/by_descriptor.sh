# execveat(2): a program by its open file, and one that exists in memory only.
python3 -S - <<'PYTHON'
import os, shutil
def run(descriptor, args):
    if os.fork() == 0:
        os.execve(descriptor, args, {})
    os.wait()
run(os.open("/bin/true", os.O_RDONLY | os.O_CLOEXEC), ["true", "by descriptor"])
memory = os.memfd_create("hidden", 0)
with open("/bin/true", "rb") as program:
    shutil.copyfileobj(program, os.fdopen(os.dup(memory), "wb"))
run(memory, ["true", "from memory"])
PYTHON
