# A process that its own seccomp filter kills, and one that dies of a bad address.
python3 -S - <<'PYTHON'
import ctypes, posix
libc = ctypes.CDLL(None)
if posix.fork() == 0:
    libc.prctl(22, 1)  # PR_SET_SECCOMP, strict
    libc.getpid()
    libc.open(b"/etc/passwd", 0)
posix.wait()
if posix.fork() == 0:
    ctypes.string_at(1)
posix.wait()
PYTHON
