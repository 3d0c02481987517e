# Names that lead elsewhere than their words say: exchanged, below a root of the call's own, through
# a process's link, and in other mounts; and files that are changed by their descriptors.
python3 -S - <<'PYTHON'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
HERE, WRITE, CREATE, EXCHANGE, IN_ROOT = -100, 0o1, 0o100, 2, 0x10
NEW_USER, NEW_MOUNTS = 0x10000000, 0x20000
def mkdir(path):
    libc.mkdirat(HERE, path, 0o755)
def make(path):
    return libc.openat(HERE, path, WRITE | CREATE, 0o600)
def exchange(*args):
    libc.syscall(316, *args, EXCHANGE)  # renameat2
for path in (b"/mnt/home/a", b"/mnt/home/a/in", b"/mnt/home/b", b"/mnt/home/b/in"):
    mkdir(path)
for path in (b"/mnt/home/a/x", b"/mnt/home/b/x", b"/mnt/home/a/in/x", b"/mnt/home/file"):
    fd = make(path)
    libc.fchmod(fd, 0o640)
a, a_in, b = (os.open(p, os.O_PATH) for p in ("/mnt/home/a", "/mnt/home/a/in", "/mnt/home/b"))
exchange(HERE, b"/mnt/home/a", HERE, b"/mnt/home/b")
libc.unlinkat(a, b"x", 0)       # /mnt/home/b/x
libc.unlinkat(a_in, b"x", 0)    # in a directory that moved with the one above it
exchange(HERE, b"/mnt/home/file", b, b"x")
libc.fchmod(fd, 0o600)          # moved since it was opened
exchange(HERE, b"/mnt/home/none", HERE, b"/mnt/home/a")
how = (ctypes.c_uint64 * 3)(WRITE | CREATE, 0o600, IN_ROOT)
libc.syscall(437, a, b"/etc", how, 24)  # openat2
os.chdir("/mnt/home/b")
libc.fchmodat(HERE, b"/proc/self/cwd/.", 0o700, 0)
libc.unlinkat(HERE, b"/proc/self/cwd/etc", 0)
if libc.unshare(NEW_USER | NEW_MOUNTS) == 0:
    make(b"/mnt/home/b/elsewhere")
    libc.unlinkat(a, b"elsewhere", 0)
PYTHON
