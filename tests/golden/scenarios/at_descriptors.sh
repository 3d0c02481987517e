# Files named relative to a directory's descriptor, while the working directory is another: of a
# folder that the session was seen in, of one that it was not, and by the other ways beside.
mkdir hidden cwd
cd cwd
python3 -S - <<'PYTHON'
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
HERE, CREATE = -100, 0o101
libc.mkdirat(HERE, b"/mnt/home/known", 0o755)
known = os.open("/mnt/home/known", os.O_PATH)
hidden = os.open("/mnt/home/hidden", os.O_PATH)
for folder in (known, hidden, HERE):
    libc.openat(folder, b"new", CREATE | 0o200, 0o600)       # O_EXCL
    libc.openat(folder, b"new", 0o1001)                      # O_TRUNC
    libc.mkdirat(folder, b"sub", 0o700)
    libc.openat(folder, b"sub/deep", CREATE, 0o600)
    libc.fchmodat(folder, b"new", 0o640, 0)
    libc.linkat(folder, b"new", folder, b"hard", 0)
    libc.symlinkat(b"../new", folder, b"soft")
    libc.openat(folder, b"soft", CREATE, 0o600)              # follows the link
    libc.renameat2(folder, b"hard", folder, b"moved", 0)
    libc.renameat2(HERE, b"here", folder, b"there", 0)       # nothing is called here
    libc.unlinkat(folder, b"moved", 0)
    libc.unlinkat(folder, b"nothing", 0)
    libc.openat(folder, b"nothing", 0)
libc.unlinkat(known, b"/mnt/home/known/soft", 0)             # absolute
libc.renameat2(known, b"sub", hidden, b"sub2", 0)            # two descriptors
libc.renameat2(HERE, b"new", known, b"from-here", 0)         # as mv into a folder
libc.renameat2(HERE, b"/mnt/home/known", HERE, b"/mnt/home/gone", 0)
libc.unlinkat(known, b"new", 0)                              # its path is another now
PYTHON
