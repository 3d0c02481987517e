"""auditctl of Debian's auditd package, unpacked beside everything: nothing is installed, so no
daemon starts."""
import glob
import os
import subprocess

PACKAGES = ("auditd", "libauparse0")


class AuditTools:
    def __init__(self, folder):
        """Fetches into `folder` what is not there yet. OSError says why it cannot be had."""
        self.folder = folder
        if not os.path.exists(self.path("sbin", "auditctl")):
            self._fetch()
        libraries = glob.glob(self.path("**", "*.so.*"), recursive=True)
        self.environment = dict(os.environ, LC_ALL="C", LD_LIBRARY_PATH=":".join(
            sorted({os.path.dirname(library) for library in libraries})))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def _fetch(self):
        os.makedirs(self.folder, exist_ok=True)
        download = ["apt-get", "download", "-q"] + list(PACKAGES)
        done = subprocess.run(download, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:  # lists of yesterday name packages that are gone
            subprocess.run(["apt-get", "update", "-q"], capture_output=True)
            done = subprocess.run(download, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise OSError("apt-get download %s: %s" % (" ".join(PACKAGES), done.stderr.strip()))
        for package in glob.glob(self.path("*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, self.folder], check=True)
            os.unlink(package)

    def auditctl(self, *arguments):
        return subprocess.run([self.path("sbin", "auditctl")] + list(arguments),
                              capture_output=True, text=True, env=self.environment)

    def listed(self):
        """`auditctl -l`, a list of lines."""
        done = self.auditctl("-l")
        return [line for line in done.stdout.splitlines() if line != "No rules"]
