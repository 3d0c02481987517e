# A program of the other system call table: it makes a folder, fails to open a file, connects, ends.
python3 -S - <<'PYTHON'
import posix, struct
BASE, HEADERS = 0x08048000, 52 + 32
def imm(opcode, value):
    return bytes([opcode]) + struct.pack("<I", value & 0xFFFFFFFF)
def call(number, *args):
    # mov ebx, ecx, edx, esi; mov eax; int 0x80
    return b"".join(imm(op, arg) for op, arg in zip((0xBB, 0xB9, 0xBA, 0xBE), args)) + imm(0xB8, number) + b"\xcd\x80"
def program(data_at):
    folder, shadow, address, args = data_at, data_at + 8, data_at + 24, data_at + 40
    return (call(39, folder, 0o700) + call(5, shadow, 0x8000 | 0x241, 0o644)
            + call(295, -100, shadow, 2) + call(359, 2, 1, 0)
            + b"\xa3" + struct.pack("<I", args)  # the socket is the first of connect's arguments
            + call(102, 3, args) + call(1, 7))
size = len(program(0))
data_at = BASE + HEADERS + size
data = b"folder\0\0" + b"/etc/shadow\0\0\0\0\0" + struct.pack("<H", 2) + struct.pack(">H", 80) + bytes([127, 0, 0, 1]) + bytes(8) + struct.pack("<III", 0, data_at + 24, 16)
total = HEADERS + size + len(data)
elf = (b"\x7fELF\1\1\1" + bytes(9) + struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, BASE + HEADERS, 52, 0, 0, 52, 32, 1, 0, 0, 0)
       + struct.pack("<IIIIIIII", 1, 0, BASE, BASE, total, total, 7, 4096) + program(data_at) + data)
with open("other", "wb") as file:
    file.write(elf)
posix.chmod("other", 0o755)
if posix.fork() == 0:
    posix.execv("./other", ["other"])
posix.wait()
PYTHON
