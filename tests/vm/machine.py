"""One virtual machine: Debian's kernel and our initramfs under qemu's software emulation.

The first serial line is the console (kernel and scenario talk there), the second one carries the
results: `begin NONCE`, a gzipped tar in base64, `end NONCE CODE`. The nonce is drawn for each boot,
so that nothing a scenario prints can be taken for the end.
"""
import base64
import io
import os
import re
import secrets
import shutil
import subprocess
import tarfile
import time

BOOT_ARGUMENTS = "console=ttyS0 quiet panic=-1 oops=panic"
MEGABYTES = 1024


class Silent(Exception):
    """The machine did not come to an end; the message holds what it said last."""


class Result:
    """What a scenario left: its exit code, console text, and the files that it kept."""

    def __init__(self, code, console, folder):
        self.code, self.console, self.folder = code, console, folder

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", errors="replace") as file:
            return file.read()


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def tail(path, lines=40):
    return "\n".join(text_of(path).splitlines()[-lines:])


def unpack_results(text, nonce, folder):
    """The exit code, once the end mark is there; None before."""
    end = re.search(r"^end %s (\d+)\s*$" % nonce, text, re.M)
    begin = re.search(r"^begin %s\s*$" % nonce, text, re.M)
    if not end or not begin:
        return None
    packed = base64.b64decode("".join(text[begin.end():end.start()].split()))
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            member.mode |= 0o700 if member.isdir() else 0o600  # ours to read, whoever ran this
            if member.isfile() or member.isdir():
                archive.extract(member, folder, set_attrs=False)
    return int(end.group(1))


def make_disk(path, megabytes=64):
    with open(path, "wb") as disk:
        disk.truncate(megabytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", path], check=True,
                   env={**os.environ, "PATH": "/usr/sbin:/sbin:" + os.environ["PATH"]})


def run(kernel, initramfs, scenario, folder, boot="", disk=False, timeout_s=240):
    """Boots, runs the scenario (which may boot again by itself), and gives its Result."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(os.path.join(folder, "kept"))
    console, results = os.path.join(folder, "console"), os.path.join(folder, "results")
    for path in (console, results):
        open(path, "w").close()
    nonce = secrets.token_hex(16)
    words = [BOOT_ARGUMENTS, boot, "spoor.scenario=" + scenario, "spoor.nonce=" + nonce]
    argv = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "Nehalem", "-m", str(MEGABYTES),
            "-display", "none", "-nodefaults", "-monitor", "none",
            "-serial", "file:" + console, "-serial", "file:" + results,
            "-kernel", kernel, "-initrd", initramfs, "-append", " ".join(words)]
    if disk:
        image = os.path.join(folder, "disk")
        make_disk(image)
        argv += ["-drive", "file=%s,format=raw,if=virtio,cache=writeback" % image]
    with open(os.path.join(folder, "qemu.log"), "w") as log:
        machine = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + timeout_s
        while True:
            ended = machine.poll() is not None
            code = unpack_results(text_of(results), nonce, os.path.join(folder, "kept"))
            if code is not None:
                return Result(code, text_of(console), os.path.join(folder, "kept"))
            if ended or time.monotonic() > deadline:
                raise Silent("%s; its last words:\n%s\n%s" % (
                    "qemu ended with %s" % machine.returncode if ended
                    else "no end within %d s" % timeout_s,
                    tail(console), tail(os.path.join(folder, "qemu.log"))))
            time.sleep(0.2)
    finally:
        machine.kill()
        machine.wait()
