"""A small ext4 of our own in a file, mounted where a program writes: a disk that can stall and fill
as a real one does. For root; ends with its test's folder."""
import os
import subprocess


def run(*argv):
    subprocess.run(argv, check=True, capture_output=True)


class Disk:
    def __init__(self, deployment, folder, mebibytes):
        """Over this folder, which is empty, and with its owner and mode."""
        self.folder, self.freezer = folder, None
        image = deployment.path("disk-" + os.path.basename(folder))
        found = os.stat(folder)
        with open(image, "wb") as file:
            file.truncate(mebibytes << 20)
        run("mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0", image)
        run("mount", "-o", "loop", image, folder)
        os.rmdir(os.path.join(folder, "lost+found"))
        os.chown(folder, found.st_uid, found.st_gid)
        os.chmod(folder, found.st_mode & 0o7777)

    def stall(self, seconds):
        """From now on, for so long, who writes waits. Whoever does both outlives us: a disk that
        stayed frozen could not even be unmounted."""
        self.freezer = subprocess.Popen(
            ["sh", "-c", 'fsfreeze -f "$0" && echo frozen && sleep "$1"; fsfreeze -u "$0"',
             self.folder, str(seconds)], stdout=subprocess.PIPE, start_new_session=True)
        if self.freezer.stdout.readline() != b"frozen\n":
            raise OSError("the disk could not be frozen")

    @property
    def stalls(self):
        return self.freezer is not None and self.freezer.poll() is None

    def fill(self, name, left_bytes):
        """With a file of somebody else's, until so much is left."""
        there = os.statvfs(self.folder)
        size = there.f_bavail * there.f_frsize - left_bytes
        with open(os.path.join(self.folder, name), "wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
        return size

    def close(self):
        if self.freezer:
            self.freezer.wait()
        subprocess.run(["umount", "-l", self.folder], capture_output=True)
