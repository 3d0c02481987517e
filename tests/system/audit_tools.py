"""auditctl of Debian's auditd package, unpacked into a folder: nothing is installed, so no daemon
starts."""
import glob
import os
import subprocess

import debian_packages

PACKAGES = ("auditd", "libauparse0")


class AuditTools:
    def __init__(self, folder, packages):
        """OSError says why they cannot be had."""
        self.folder = folder
        missing = debian_packages.download(PACKAGES, packages)
        if missing:
            raise OSError(missing)
        debian_packages.unpack(PACKAGES, packages, folder)
        libraries = glob.glob(self.path("**", "*.so.*"), recursive=True)
        self.environment = dict(os.environ, LC_ALL="C", LD_LIBRARY_PATH=":".join(
            sorted({os.path.dirname(library) for library in libraries})))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def auditctl(self, *arguments):
        return subprocess.run([self.path("sbin", "auditctl")] + list(arguments),
                              capture_output=True, text=True, env=self.environment)

    def listed(self):
        """`auditctl -l`, a list of lines."""
        done = self.auditctl("-l")
        return [line for line in done.stdout.splitlines() if line != "No rules"]
