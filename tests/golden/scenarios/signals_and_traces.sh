# Signals sent to, and traces of, another process; a change of identity that is refused.
python3 -S - <<'PYTHON'
import ctypes, posix, time
libc = ctypes.CDLL(None, use_errno=True)
child = posix.fork()
if child == 0:
    while True:
        time.sleep(60)
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
libc.ptrace(PTRACE_SEIZE, child, None, None)
libc.ptrace(PTRACE_INTERRUPT, child, None, None)
posix.waitpid(child, 0)
libc.ptrace(PTRACE_DETACH, child, None, None)
posix.kill(child, 0)
posix.kill(child, 15)
posix.waitpid(child, 0)
libc.setuid(0)
libc.setresuid(-1, 0, -1)
libc.personality(0x0040000)
PYTHON
