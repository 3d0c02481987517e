# Records that stand beside a SYSCALL: shared memory, message queues, mappings of files, and a
# network device that begins to listen to everything.
python3 -S - <<'PYTHON'
import ctypes
import fcntl
import os
import socket
import struct
libc = ctypes.CDLL(None, use_errno=True)
shared = libc.shmget(0, 4096, 0o1600)
facts = ctypes.create_string_buffer(256)
libc.shmctl(shared, 2, facts)  # IPC_STAT
libc.shmctl(shared, 1, facts)  # IPC_SET: to what it is
libc.shmctl(shared, 0, None)   # IPC_RMID
name = b"/spoor-scenario"
queue = libc.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, None)
libc.mq_send(queue, b"hello", 5, 3)
libc.mq_receive(queue, ctypes.create_string_buffer(8192), 8192, None)
libc.mq_getattr(queue, ctypes.create_string_buffer(64))
libc.mq_notify(queue, struct.pack("qiii48x", 0, 10, 0, 0))  # SIGEV_SIGNAL, SIGUSR1
libc.mq_unlink(name)
file = os.open("mapped", os.O_CREAT | os.O_RDWR, 0o600)
os.truncate(file, 4096)
libc.mmap.restype = ctypes.c_void_p
libc.mmap(None, 4096, 3, 1, file, 0)
if libc.unshare(0x50000000) == 0:  # CLONE_NEWUSER, CLONE_NEWNET
    flags = struct.pack("16sh14x", b"lo", 0x101)  # IFF_UP, IFF_PROMISC
    fcntl.ioctl(socket.socket(), 0x8914, flags)
PYTHON
