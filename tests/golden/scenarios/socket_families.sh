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
# The kernel writes down what connect(2) was given before it asks whether the socket can use it.
python3 -S - <<'PYTHON'
import ctypes
import socket as s
libc = ctypes.CDLL(None)
one = s.socket(s.AF_INET, s.SOCK_DGRAM)
for address in (
        "03009C60868240400E00000001000000", "04000451000000AA0000000000011100",
        "05004800FF0009000000000000000000", "08000000010002002C010000",
        "090032333432000000000000000000000000",
        "0B002600000000820000000000000000010000008400000000000000",
        "110088CC02000000010004060102030405FF0000",
        "180000000000001100000000000965746830000000000000000000000000",
        "1A000100000000AA0200000000000000", "1D0000000400000011223344",
        "1E000202C84900001100000000000000", "1E000300070000000100000100000000",
        "1F0001001371DA7D1A0042000100", "1F001371DA7D1A000500", "1F001371DA7D1A00",
        "1F0001000300", "21003400020010000200", "220001020304",
        "2300016C030000000000000000000000", "2400000002000000CDAB01000000000000020000",
        "2600736B63697068657200000000000000000000100000006362632861657329" + "00" * 56,
        "27000000010000000200000003000000", "28000000D20400000300000001000000", "290001020304",
        "2A000000010000000F000000", "2C000100070000000200000005000000",
        "2D0000000100000008030000", "C80001020304", "02000050A9FE", "0A0001BB",
        "02000050A9FEA9FE00000000000000FF", "0000"):
    given = bytes.fromhex(address)
    libc.connect(one.fileno(), given, len(given))
PYTHON
