"""A real auditd for a test: Debian's, unpacked into a private folder and never installed, since its
installation would start it. Its configuration and its log are in that folder, too."""
import os
import re
import signal
import subprocess

import debian_packages
from harness import PATIENCE_S, Failure, wait_until

# auditd and those of its libraries that a small Debian does not have.
PACKAGES = ("auditd", "libauparse0", "libwrap0", "libnsl2", "libtirpc3", "libgssapi-krb5-2",
            "libkrb5-3", "libk5crypto3", "libkrb5support0", "libcom-err2", "libkeyutils1")
CONFIG = """local_events = yes
write_logs = yes
log_file = {folder}/log/audit.log
log_group = root
log_format = RAW
flush = NONE
freq = 0
max_log_file = 100
num_logs = 2
max_log_file_action = IGNORE
space_left = 2
space_left_action = IGNORE
admin_space_left = 1
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
name_format = NONE
tcp_client_max_idle = 0
distribute_network = no
q_depth = 1200
overflow_action = IGNORE
plugin_dir = {folder}/etc/plugins.d
"""


def fetch(folder, packages):
    """Into the folder; what is in the way, in words, or None."""
    missing = debian_packages.download(PACKAGES, packages)
    if missing:
        return missing
    debian_packages.unpack(PACKAGES, packages, os.path.join(folder, "root"))
    return None


class Auditd:
    def __init__(self, folder):
        self.folder = folder
        self.binary = os.path.join(folder, "root", "sbin", "auditd")
        self.process = None
        for name in ("log", "etc", "etc/plugins.d"):
            os.makedirs(os.path.join(folder, name), mode=0o750, exist_ok=True)
        with open(os.path.join(folder, "etc", "auditd.conf"), "w") as file:
            file.write(CONFIG.format(folder=folder))
        os.chmod(os.path.join(folder, "etc", "auditd.conf"), 0o640)

    def spawn(self):
        """In the foreground (-n); `enabled` stays as it is (-s nochange)."""
        libraries = ":".join(os.path.join(self.folder, "root", *parts) for parts in (
            ("usr", "lib", "x86_64-linux-gnu"), ("lib", "x86_64-linux-gnu"),
            ("usr", "lib", "aarch64-linux-gnu"), ("lib", "aarch64-linux-gnu")))
        with open(os.path.join(self.folder, "auditd.out"), "ab") as out:
            self.process = subprocess.Popen(
                [self.binary, "-n", "-s", "nochange", "-c", os.path.join(self.folder, "etc")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd="/",
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": libraries})
        return self.process

    def start(self, kernel):
        self.spawn()

        def seated():
            if self.process.poll() is not None:
                raise Failure("auditd ended with %d: %s" % (self.process.returncode, self.said()))
            return kernel.status()["pid"] == self.process.pid
        wait_until("auditd to take the seat", seated)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self):
        with open(os.path.join(self.folder, "auditd.out"), errors="replace") as file:
            return file.read()[-500:]

    def events_of(self, login_uid):
        """{serial: [record types by name]} of the events in its log whose SYSCALL record has this
        login uid; of all others nothing is kept."""
        records, ours = {}, set()
        path = os.path.join(self.folder, "log", "audit.log")
        if not os.path.exists(path):
            return {}
        with open(path, "rb") as file:
            for line in file:
                found = re.match(rb"type=(\S+) msg=audit\(\d+\.\d+:(\d+)\):", line)
                if not found:
                    continue
                serial = int(found.group(2))
                records.setdefault(serial, []).append(found.group(1).decode())
                if found.group(1) == b"SYSCALL" and b" auid=%d " % login_uid in line:
                    ours.add(serial)
        return {serial: records[serial] for serial in ours}
