# What only root may do to the kernel, tried by a user: modules, BPF, time, openat2 and a queue.
python3 -S - <<'PYTHON'
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
call = libc.syscall
FINIT_MODULE, DELETE_MODULE, BPF, OPENAT2, MQ_OPEN, CLOCK_SETTIME, PIPE2 = 313, 176, 321, 437, 240, 227, 293
call(FINIT_MODULE, 0, b"", 2)
call(DELETE_MODULE, b"dummy", 0o4000)
call(BPF, 5, ctypes.byref(ctypes.create_string_buffer(128)), 128)
how = (ctypes.c_uint64 * 3)(0o2100001, 0, 0x8 | 0x2)
call(OPENAT2, -100, b"no/such file", ctypes.byref(how), 24)
call(MQ_OPEN, b"spoor", 0o102, 0o600, None)
libc.mq_unlink(b"/spoor")
call(CLOCK_SETTIME, 0, ctypes.byref((ctypes.c_uint64 * 2)(1, 1)))
call(PIPE2, ctypes.byref((ctypes.c_int * 2)()), 0o2000000)
PYTHON
