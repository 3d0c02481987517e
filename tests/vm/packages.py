"""Debian's packages, fetched and unpacked into a folder of ours; nothing is installed or runs.

The kernel's package alone would take 400 MB: only what a machine of ours boots is unpacked.
"""
import glob
import os
import shutil
import subprocess

# Packages of the guest, and what is wanted of each (tar's wildcards).
KERNEL_FILES = ("./boot/vmlinuz-*", "./boot/config-*",
                "./lib/modules/*/kernel/drivers/virtio/*",
                "./lib/modules/*/kernel/drivers/block/virtio_blk.ko",
                "./lib/modules/*/kernel/fs/ext4/*", "./lib/modules/*/kernel/fs/jbd2/*",
                "./lib/modules/*/kernel/fs/mbcache.ko", "./lib/modules/*/kernel/lib/crc16.ko",
                "./lib/modules/*/kernel/crypto/crc32c_generic.ko")
EVERYTHING = (".",)
AUDITD = ("auditd", "libauparse0", "libwrap0")


class Missing(Exception):
    """Something cannot be had here; the message says what."""


def run(*argv, cwd=None):
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing("%s: %s" % (" ".join(argv), done.stderr.strip() or done.stdout.strip()))
    return done.stdout


def kernel_package():
    """The package that linux-image-amd64 stands for today. A machine that has all it needs may
    never have fetched the lists of packages."""
    if not run("apt-cache", "madison", "linux-image-amd64"):
        run("apt-get", "update", "-q")
    for line in run("apt-cache", "depends", "linux-image-amd64").splitlines():
        kind, _, name = line.strip().partition(": ")
        if kind == "Depends" and name.startswith("linux-image-"):
            return name
    raise Missing("apt knows no kernel package; `apt-get update` may help")


def unpack(package, folder, wanted):
    """Into folder/PACKAGE, once."""
    target = os.path.join(folder, package)
    if os.path.isdir(target):
        return target
    print("  fetching %s" % package, flush=True)
    part = target + ".part"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(os.path.join(part, "deb"))
    os.makedirs(os.path.join(part, "root"))
    run("apt-get", "download", "-q", package, cwd=os.path.join(part, "deb"))
    archive = glob.glob(os.path.join(part, "deb", "*.deb"))[0]
    reader = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE)
    done = subprocess.run(["tar", "-x", "-C", os.path.join(part, "root"), "--wildcards"]
                          + list(wanted), stdin=reader.stdout, capture_output=True, text=True)
    reader.stdout.close()
    if reader.wait() != 0 or done.returncode != 0:
        raise Missing("unpacking %s: %s" % (package, done.stderr.strip()))
    os.rename(os.path.join(part, "root"), target)
    shutil.rmtree(part)
    return target


def fetch(folder):
    """{name: where it was unpacked} for the kernel, busybox-static and AUDITD."""
    os.makedirs(folder, exist_ok=True)
    cached = glob.glob(os.path.join(folder, "linux-image-*-amd64"))
    kernel = os.path.basename(cached[0]) if cached else kernel_package()
    found = {"kernel": unpack(kernel, folder, KERNEL_FILES)}
    for package in ("busybox-static", *AUDITD):
        found[package] = unpack(package, folder, EVERYTHING)
    return found
