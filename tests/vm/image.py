"""The virtual machine's root: an initramfs of busybox, our programs and what they need.

An initramfs is a cpio archive in the `newc` form (Documentation/driver-api/early-userspace in the
kernel's tree), written here by hand: cpio(1) is not on every machine, and files of all owners can
be made without being root. It is not compressed: unpacking would cost the emulated processor more
than reading.
"""
import glob
import os
import re
import stat
import subprocess

import packages

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.path.join(HERE, "..", ".."))
# Of this machine: what sessions run, what gives the agent its user and capabilities.
HOST_PROGRAMS = ("/usr/bin/bash", "/usr/bin/setpriv", "/usr/bin/env", "/usr/bin/id",
                 "/usr/bin/true", "/usr/bin/touch", "/usr/bin/rm", "/usr/bin/chmod",
                 "/usr/bin/chown",
                 "/usr/bin/cat", "/usr/bin/mv", "/usr/bin/sleep", "/usr/bin/ln")
OUR_PROGRAMS = ("spoor-agent", "spoor-test-session", "spoor-test-load", "spoor-test-victim")
DISK_MODULES = ("virtio_pci", "virtio_blk", "crc32c_generic", "ext4")


class Archive:
    """A cpio archive in the making. Paths have no leading slash; every folder is made."""

    def __init__(self):
        self.bytes, self.inode, self.folders = bytearray(), 0, set()

    def _entry(self, path, mode, data=b"", uid=0, gid=0, device=(0, 0)):
        self.inode += 1
        name = path.encode() + b"\0"
        fields = (self.inode, mode, uid, gid, 1, 0, len(data), 0, 0, *device, len(name), 0)
        self.bytes += b"070701" + b"".join(b"%08X" % field for field in fields) + name
        self._pad()
        self.bytes += data
        self._pad()

    def _pad(self):
        self.bytes += b"\0" * (-len(self.bytes) % 4)

    def folder(self, path, mode=0o755, uid=0, gid=0):
        if path in self.folders:
            return
        if "/" in path:
            self.folder(os.path.dirname(path))
        self.folders.add(path)
        self._entry(path, stat.S_IFDIR | mode, uid=uid, gid=gid)

    def file(self, path, data, mode=0o644):
        self.folder(os.path.dirname(path) or ".")
        self._entry(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        self.folder(os.path.dirname(path) or ".")
        self._entry(path, stat.S_IFLNK | 0o777, target.encode())

    def console(self):
        self.folder("dev")
        self._entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))

    def copy(self, source, path):
        with open(source, "rb") as file:
            self.file(path, file.read(), 0o755 if os.access(source, os.X_OK) else 0o644)

    def write(self, path):
        self._entry("TRAILER!!!", 0)
        with open(path + ".part", "wb") as file:
            file.write(self.bytes)
        os.rename(path + ".part", path)


def libraries(program, extra=()):
    """What ldd(1) says it loads: {path in the guest: path here}."""
    found = {}
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(extra)}
    done = subprocess.run(["ldd", program], capture_output=True, text=True, env=environment)
    for line in done.stdout.splitlines():
        if "not found" in line:
            raise packages.Missing("%s needs %s" % (program, line.strip()))
        match = re.search(r"(/\S+) \(0x", line)
        if match:
            path = match.group(1)
            inside = path if path.startswith(("/lib", "/usr/lib")) else \
                "/usr/lib/x86_64-linux-gnu/" + os.path.basename(path)
            found["usr" + inside if inside.startswith("/lib") else inside[1:]] = path
    return found


def module_order(root, wanted):
    """The files of kernel modules and of what each depends on, in the order of loading."""
    files = {os.path.basename(path)[:-3].replace("-", "_"): path for path in
             glob.glob(os.path.join(root, "lib/modules/*/kernel/**/*.ko"), recursive=True)}
    order = []

    def add(name):
        if name not in files:
            raise packages.Missing("the kernel's package has no module " + name)
        with open(files[name], "rb") as file:
            match = re.search(rb"\0depends=([^\0]*)\0", file.read())
        for dependency in match.group(1).decode().split(",") if match else ():
            if dependency:
                add(dependency.replace("-", "_"))
        if files[name] not in order:
            order.append(files[name])
    for name in wanted:
        add(name)
    return order


def stripped(program, folder):
    """A copy without debugging symbols, made anew when the program is newer."""
    target = os.path.join(folder, os.path.basename(program))
    if not os.path.exists(target) or os.path.getmtime(target) < os.path.getmtime(program):
        packages.run("strip", "-o", target, program)
    return target


def add_programs(archive, unpacked, binaries, cache):
    """Ours, auditd's and the host's, each with its libraries."""
    os.makedirs(cache, exist_ok=True)
    extra = {os.path.dirname(path) for package in packages.AUDITD for path in glob.glob(
        os.path.join(unpacked[package], "**", "*.so.*"), recursive=True)}
    programs = {"usr/libexec/spoor/" + name: stripped(os.path.join(binaries, name), cache)
                for name in OUR_PROGRAMS}
    programs.update({path[1:]: path for path in HOST_PROGRAMS})
    programs.update({"usr/sbin/" + name: os.path.join(unpacked["auditd"], "sbin", name)
                     for name in ("auditd", "auditctl")})
    needed = {}
    for inside, here in programs.items():
        archive.copy(os.path.realpath(here), inside)
        needed.update(libraries(here, sorted(extra)))
    for inside, here in sorted(needed.items()):
        archive.copy(here, inside)


def add_etc(archive):
    users = (("root", 0), ("spoor-agent", 64101), ("spoor", 64102), ("alice", 1000))
    archive.file("etc/passwd", "".join("%s:x:%d:%d::%s:/usr/bin/bash\n" % (
        name, uid, uid, "/root" if uid == 0 else "/home/" + name) for name, uid in users).encode())
    archive.file("etc/group", "".join("%s:x:%d:\n" % user for user in users).encode())
    archive.file("etc/shadow", b"".join(b"%s:*:19000:0:99999:7:::\n" % name.encode()
                                        for name, _ in users), 0o600)
    archive.file("etc/machine-id", b"0123456789abcdef0123456789abcdef\n")
    archive.file("etc/hosts", b"127.0.0.1 localhost\n")


def build(path, unpacked, binaries, cache):
    """Writes the initramfs to `path`."""
    archive = Archive()
    archive.console()
    for name in ("bin", "sbin", "lib", "lib64"):
        archive.folder("usr/" + name)
        archive.link(name, "usr/" + name)
    for name in ("proc", "sys", "run", "results", "root", "mnt", "opt/busybox", "var/log"):
        archive.folder(name)
    archive.link("var/run", "/run")
    archive.folder("tmp", 0o1777)
    archive.folder("home/alice", 0o755, 1000, 1000)
    archive.copy(os.path.join(unpacked["busybox-static"], "bin/busybox"), "opt/busybox/busybox")
    add_programs(archive, unpacked, binaries, cache)
    for number, module in enumerate(module_order(unpacked["kernel"], DISK_MODULES)):
        archive.copy(module, "modules/%02d-%s" % (number, os.path.basename(module)))
    add_etc(archive)
    rules = os.path.join(SOURCE, "rules", "audit")
    for rule in sorted(glob.glob(os.path.join(rules, "**"), recursive=True)):
        if os.path.isfile(rule):
            archive.copy(rule, "usr/share/spoor/rules/audit/" + os.path.relpath(rule, rules))
    archive.copy(os.path.join(HERE, "guest", "init"), "init")
    archive.copy(os.path.join(HERE, "guest", "lib.sh"), "scenarios/lib.sh")
    for script in sorted(glob.glob(os.path.join(HERE, "scenarios", "*.sh"))):
        archive.copy(script, "scenarios/" + os.path.basename(script))
    archive.write(path)
