# connect(2), bind(2) and sendto(2) to every family that a user can have.
python3 -S - <<'PYTHON'
import _socket as s
def attempt(family, kind, call, address, protocol=0):
    try:
        getattr(s.socket(family, kind, protocol), call)(address)
    except OSError:
        pass
attempt(s.AF_INET, s.SOCK_STREAM, "connect", ("127.0.0.1", 1))
attempt(s.AF_INET6, s.SOCK_STREAM, "connect", ("::1", 1, 0, 1))
attempt(s.AF_INET6, s.SOCK_DGRAM, "bind", ("::", 0))
attempt(s.AF_UNIX, s.SOCK_STREAM, "connect", "/mnt/home/no such socket")
attempt(s.AF_UNIX, s.SOCK_STREAM, "bind", b"\0abstract\xff")
attempt(s.AF_UNIX, s.SOCK_DGRAM, "bind", "")
attempt(s.AF_NETLINK, s.SOCK_RAW, "bind", (0, 1))
attempt(s.AF_VSOCK, s.SOCK_STREAM, "connect", (3, 1234))
attempt(s.AF_ALG, s.SOCK_SEQPACKET, "bind", ("hash", "sha256"))
PYTHON
