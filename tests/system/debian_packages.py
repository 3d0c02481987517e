"""Packages of Debian's archive, unpacked into a folder and never installed: their installation
would start what is in them."""
import glob
import os
import shutil
import subprocess
import tempfile
import time

TRIES = 5


def download(packages, cache):
    """The packages' files in the folder, which is kept from run to run: what is there is not asked
    for again. What is in the way, in words, or None."""
    os.makedirs(cache, exist_ok=True)
    wanted = [name for name in packages if not _file_of(name, cache)]
    said = ""
    for tries in range(TRIES):
        if not wanted:
            return None
        if tries > 0:  # lists of yesterday name packages that are gone; and a mirror may be busy
            subprocess.run(["apt-get", "update", "-q"], capture_output=True)
            time.sleep(tries - 1)
        with tempfile.TemporaryDirectory(prefix="spoor-") as folder:
            os.chmod(folder, 0o777)  # apt downloads as a user of its own
            done = subprocess.run(["apt-get", "download", "-q", *wanted], cwd=folder,
                                  capture_output=True, text=True)
            said = done.stderr.strip()[-200:]
            if done.returncode == 0:
                for path in glob.glob(os.path.join(folder, "*.deb")):
                    _keep(path, cache)
        wanted = [name for name in wanted if not _file_of(name, cache)]
    return "%s from Debian's archive: %s" % (", ".join(wanted), said) if wanted else None


def unpack(packages, cache, root):
    for name in packages:
        subprocess.run(["dpkg-deb", "-x", _file_of(name, cache), root], check=True)


def _file_of(name, cache):
    return next(iter(glob.glob(os.path.join(cache, name + "_*.deb"))), None)


def _keep(path, cache):
    """Whole or not at all, whenever we are killed."""
    part = os.path.join(cache, "%s.part-%d" % (os.path.basename(path), os.getpid()))
    shutil.copy(path, part)
    os.rename(part, os.path.join(cache, os.path.basename(path)))
