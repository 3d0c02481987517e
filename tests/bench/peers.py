"""The programs we measure ourselves against, from Debian's packages. They are unpacked into a
folder of ours and never installed: installing auditd would start it, on everybody's machine."""
import glob
import os

import debian_packages
from harness import require

PACKAGES = ("auditd", "libauparse0", "libwrap0", "laurel", "audispd-plugins", "rsyslog", "libestr0",
            "libfastjson4", "liblognorm5")


class Peers:
    def __init__(self, folder):
        """Fetches what is not there yet."""
        self.root = os.path.join(folder, "root")
        self.folder = folder
        missing = debian_packages.download(PACKAGES, folder)
        require(not missing, "missing: %s" % missing)
        debian_packages.unpack(PACKAGES, folder, self.root)

    def program(self, name):
        for folder in ("sbin", "usr/sbin", "usr/bin"):
            path = os.path.join(self.root, folder, name)
            if os.path.exists(path):
                return path
        raise FileNotFoundError("%s is in none of %s" % (name, ", ".join(PACKAGES)))

    def environment(self):
        """So that they find the libraries that came with them."""
        folders = [os.path.join(self.root, *path) for path in (
            ("lib", "x86_64-linux-gnu"), ("usr", "lib", "x86_64-linux-gnu"))]
        return {**os.environ, "LD_LIBRARY_PATH": ":".join(folders), "LC_ALL": "C.UTF-8"}

    def version(self, package):
        """`3.0.9` of auditd_1%3a3.0.9-1_amd64.deb."""
        name = os.path.basename(glob.glob(os.path.join(self.folder, package + "_*.deb"))[0])
        version = name.split("_")[1].replace("%3a", ":")
        return version.split(":")[-1].rsplit("-", 1)[0]


def laurel_config(folder):
    """A configuration as shipped, but that its log is never rotated away in a run."""
    path = os.path.join(folder, "laurel.toml")
    with open(path, "w") as file:
        file.write("""directory = "%s"
user = "%s"
statusreport-period = 0
input = "stdin"
[auditlog]
file = "audit.log"
size = 1000000000
generations = 1
[transform]
execve-argv = [ "array" ]
[translate]
universal = false
user-db = false
[enrich]
[label-process]
[filter]
""" % (folder, "root"))
    return path
