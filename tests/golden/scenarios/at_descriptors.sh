# Files named relative to a directory's descriptor, while the working directory is another: of a
# folder that the session was seen in, of one that it was not, and by the other ways beside.
mkdir hidden cwd
cd cwd
python3 -S - <<'PYTHON'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
HERE, WRITE, CREATE, EXCLUSIVE, TRUNCATE = -100, 0o1, 0o100, 0o200, 0o1000
def rename(*args):
    libc.syscall(316, *args, 0)  # renameat2; libc's own calls renameat where there are no flags
libc.mkdirat(HERE, b"/mnt/home/known", 0o755)
known = os.open("/mnt/home/known", os.O_PATH)
hidden = os.open("/mnt/home/hidden", os.O_PATH)
for folder in (known, hidden, HERE):
    libc.openat(folder, b"new", WRITE | CREATE | EXCLUSIVE, 0o600)
    libc.openat(folder, b"new", WRITE | TRUNCATE)
    libc.openat(folder, b"new", WRITE | CREATE, 0o600)
    libc.mkdirat(folder, b"sub", 0o700)
    libc.openat(folder, b"sub/deep", WRITE | CREATE, 0o600)
    libc.fchmodat(folder, b"new", 0o640, 0)
    libc.linkat(folder, b"new", folder, b"hard", 0)
    libc.symlinkat(b"../new", folder, b"soft")
    libc.openat(folder, b"soft", WRITE | CREATE, 0o600)  # follows the link, which dangles at first
    rename(folder, b"hard", folder, b"moved")
    rename(HERE, b"nothing", folder, b"there")
    libc.unlinkat(folder, b"moved", 0)
    libc.unlinkat(folder, b"nothing", 0)
libc.unlinkat(known, b"/mnt/home/known/soft", 0)  # absolute
rename(known, b"sub", hidden, b"sub2")            # two descriptors
rename(HERE, b"new", known, b"from-here")         # as mv into a folder
rename(HERE, b"/mnt/home/known", HERE, b"/mnt/home/gone")
libc.unlinkat(known, b"new", 0)                   # its path is another now
PYTHON
