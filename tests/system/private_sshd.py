"""A real sshd, a real rsyslogd and what logs in to them, for a test: Debian's, unpacked into a
private folder and never installed, since their installation would start them. They appear where
they belong (/usr, /etc/pam.d, /dev/log), in our mount namespace alone, whose /etc is a copy that
real account tools may write to."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time

import debian_packages
import private_space
from harness import PATIENCE_S, require, wait_until
from private_space import LOGIN_NAME, LOGIN_UID

PACKAGES = ("openssh-server", "openssh-sftp-server", "libwrap0", "rsync", "libpopt0",
            "rsyslog", "libestr0", "libfastjson4", "liblognorm5")
PASSWORD = "correct horse"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TERM": "dumb"}
SYSLOG = """module(load="imuxsock" SysSock.RateLimit.Interval="0")
template(name="line" type="string"
  string="%TIMESTAMP:::date-rfc3339% %HOSTNAME% %syslogtag%%msg:::sp-if-no-1st-sp%\
%msg:::drop-last-lf%\\n")
auth,authpriv,cron.* action(type="omfile" file="{log}" template="line" fileCreateMode="0640")
"""
SSHD = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
AuthorizedKeysFile {folder}/authorized_keys
TrustedUserCAKeys {folder}/ca.pub
StrictModes no
LogLevel VERBOSE
MaxAuthTries 6
PrintMotd no
Subsystem sftp /usr/lib/openssh/sftp-server
"""


def fetch(folder, packages):
    """Into the folder; what is in the way, in words, or None."""
    root = os.path.join(folder, "root")
    missing = debian_packages.download(PACKAGES, packages)
    if missing:
        return missing
    debian_packages.unpack(PACKAGES, packages, root)
    # Of before the folders were merged.
    for name in ("lib", "sbin", "bin"):
        if os.path.isdir(os.path.join(root, name)):
            shutil.copytree(os.path.join(root, name), os.path.join(root, "usr", name),
                            dirs_exist_ok=True, symlinks=True)
    return None


def appear(folder):
    """What was unpacked, where it belongs."""
    root, etc, dev = (os.path.join(folder, name) for name in ("root", "host-etc", "host-dev"))
    private_space.mount("overlay", "/usr", "overlay", private_space.MS_RDONLY,
                         "lowerdir=%s/usr:/usr" % root)
    subprocess.run(["cp", "-a", "/etc", etc], check=True)
    subprocess.run(["cp", "-a", "-n", root + "/etc/.", etc], check=True)
    private_space.bind(etc, "/etc")
    os.mkdir(dev)
    private_space.mount_empty(dev)
    for entry in os.scandir("/dev"):
        there = os.path.join(dev, entry.name)
        if entry.name == "ptmx":  # finds its devpts beside itself
            os.symlink("pts/ptmx", there)
        elif entry.name == "pts":
            os.mkdir(there)
            private_space.mount("devpts", there, "devpts", options="ptmxmode=666,mode=620,gid=5")
        elif entry.is_symlink():
            os.symlink(os.readlink(entry.path), there)
        elif entry.is_dir():
            os.mkdir(there)
            private_space.mount(entry.path, there,
                                 flags=private_space.MS_BIND | private_space.MS_REC)
        else:
            open(there, "w").close()
            private_space.bind(entry.path, there)
    private_space.mount(dev, "/dev", flags=private_space.MS_BIND | private_space.MS_REC)
    # Who removes the folder must not come upon the host's own devices in it.
    private_space.detach(dev)


class Sshd:
    """Runs until stop(); the demo user may come in with its key, a certificate or its password."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []
        self.log = os.path.join(folder, "auth.log")
        # Held, and nobody listens on it: the kernel gives it to nobody else, and sshd, which sets
        # SO_REUSEADDR as we do, may have it all the same.
        self.port_holder = socket.socket()
        self.port_holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port_holder.bind(("127.0.0.1", 0))
        self.port = self.port_holder.getsockname()[1]

    def path(self, name):
        return os.path.join(self.folder, name)

    def key(self, name, kind="ed25519", *more):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, *more,
                        "-f", self.path(name)], check=True)

    def fingerprint(self, name):
        said = subprocess.run(["ssh-keygen", "-lf", self.path(name + ".pub")], check=True,
                              capture_output=True, text=True).stdout
        return said.split()[1]

    def start(self):
        os.chmod(self.folder, 0o755)
        for name in ("host_key", "key", "other_key", "certified_key", "ca"):
            self.key(name)
        subprocess.run(["ssh-keygen", "-q", "-s", self.path("ca"), "-I", "demo@corp", "-z", "4711",
                        "-n", LOGIN_NAME, self.path("certified_key.pub")], check=True)
        shutil.copy(self.path("key.pub"), self.path("authorized_keys"))
        for name in ("key", "other_key", "certified_key"):
            os.chmod(self.path(name), 0o600)
        # What the host's root has in its profile is nobody's business here.
        os.mkdir(self.path("home-of-root"), 0o700)
        with open("/etc/passwd") as file:
            users = file.read().replace(":/root:", ":%s:" % self.path("home-of-root"), 1)
        with open("/etc/passwd", "w") as file:
            file.write(users)
            file.write("sshd:x:64105:65534::/run/sshd:/usr/sbin/nologin\n")
        subprocess.run(["chpasswd"], input="%s:%s\n" % (LOGIN_NAME, PASSWORD), text=True,
                       check=True, env=ENVIRONMENT)
        private_space.mount_empty("/run")
        os.makedirs("/run/sshd", 0o755)
        with open(self.path("rsyslog.conf"), "w") as file:
            file.write(SYSLOG.format(log=self.log))
        with open(self.path("sshd_config"), "w") as file:
            file.write(SSHD.format(port=self.port, folder=self.folder))
        self._spawn("/usr/sbin/rsyslogd", "-n", "-f", self.path("rsyslog.conf"), "-i", "NONE")
        wait_until("rsyslogd to listen", lambda: os.path.exists("/dev/log"))
        self._spawn("/usr/sbin/sshd", "-D", "-f", self.path("sshd_config"))

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until("sshd to listen", listens)

    def _spawn(self, *argv):
        with open(self.path(os.path.basename(argv[0]) + ".out"), "ab") as out:
            self.processes.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                                                   stderr=out, cwd="/", env=ENVIRONMENT))

    def options(self, key="key", user=LOGIN_NAME):
        return ["-F", "none", "-p", str(self.port), "-l", user,
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
                *(["-i", self.path(key), "-o", "PreferredAuthentications=publickey"] if key else
                  ["-o", "PreferredAuthentications=password", "-o", "NumberOfPasswordPrompts=3"])]

    def ssh(self, *command, key="key", user=LOGIN_NAME, tty=False, passwords=None, stdin=None):
        """One login; (exit code, output). `passwords`: what is typed, one after the other."""
        environment = dict(ENVIRONMENT)
        if passwords is not None:
            key = None
            ask = self.path("ask-%d" % time.monotonic_ns())
            with open(ask + ".txt", "w") as file:
                file.writelines(word + "\n" for word in passwords)
            with open(ask, "w") as file:
                file.write("#!/bin/sh\nhead -n 1 %s.txt; sed -i 1d %s.txt\n" % (ask, ask))
            os.chmod(ask, 0o755)
            environment.update(SSH_ASKPASS=ask, SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")
        done = subprocess.run(["ssh", *self.options(key, user), *(["-tt"] if tty else []),
                               "127.0.0.1", *command], input=stdin, capture_output=True,
                              env=environment, cwd="/", timeout=PATIENCE_S, start_new_session=True)
        return done.returncode, done.stdout.decode("utf-8", "replace") + \
            done.stderr.decode("utf-8", "replace")

    def stop(self):
        self.port_holder.close()
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def lines(self):
        try:
            with open(self.log, errors="replace") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []


@contextlib.contextmanager
def beside(deployment, write_rules):
    """An Sshd, its log, and an agent that reads that, all running. `write_rules` says in /etc who
    may do what."""
    missing = fetch(deployment.path(), deployment.packages)
    require(not missing, missing)
    appear(deployment.path())
    sshd = Sshd(deployment.path())
    deployment.agent_values["logs"] = {"journal": "off", "files": [sshd.log]}
    deployment.write_config("agent", deployment.agent_values)
    try:
        write_rules()
        sshd.start()
        wait_until("rsyslogd to write", lambda: os.path.exists(sshd.log))
        os.chown(sshd.log, 0, deployment.agent_uid)
        deployment.start()
        yield sshd
    finally:
        sshd.stop()
