"""A deployment whose collector is in a network namespace of its own, and whose uplink reaches it by
TLS as one that has enrolled: init, the CA, a token, enroll. And how that network is cut."""
import os
import re
import subprocess

from harness import PATIENCE_S, require, wait_until
from identity_test import CA_UID

HOST, COLLECTOR, PORT, PREFIX = "10.64.198.2", "10.64.198.1", 4460, 24


def run(*argv, given=None):
    done = subprocess.run(argv, capture_output=True, text=True, input=given, timeout=PATIENCE_S)
    require(done.returncode == 0, "%s ended with %d:\n%s%s" % (
        " ".join(argv), done.returncode, done.stdout, done.stderr))
    return done.stdout


class Network:
    """A namespace without a name, joined to ours by two ends of a wire. It lives as long as who is
    in it: a process that dies with us."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "setpriv", "--pdeathsig=KILL", "sleep",
                                        "infinity"], stdin=subprocess.DEVNULL)
        self.here = "spoor%d" % (os.getpid() % 100_000)
        ours = os.readlink("/proc/self/ns/net")
        space = "/proc/%d/ns/net" % self.holder.pid
        wait_until("the namespace", lambda: os.readlink(space) != ours)
        run("ip", "link", "add", "name", self.here, "type", "veth", "peer", "name", "there",
            "netns", str(self.holder.pid))
        run("ip", "addr", "add", "%s/%d" % (HOST, PREFIX), "dev", self.here)
        run("ip", "link", "set", self.here, "up")
        self.within = ["nsenter", "--net=" + space]
        run(*self.within, "ip", "addr", "add", "%s/%d" % (COLLECTOR, PREFIX), "dev", "there")
        run(*self.within, "ip", "link", "set", "there", "up")

    def cut(self):
        """Nothing passes, in either direction."""
        run("ip", "link", "set", self.here, "down")

    def join(self):
        run("ip", "link", "set", self.here, "up")

    def cut_answers(self):
        """What the uplink sends arrives, as far as TCP sends without an answer: 100 segments, not
        the usual ten, into which not one frame may fit. What the collector says does not."""
        run("ip", "route", "replace", "10.64.198.0/%d" % PREFIX, "dev", self.here, "src", HOST,
            "initcwnd", "100")
        run(*self.within, "ip", "route", "add", "blackhole", HOST + "/32")

    def join_answers(self):
        run(*self.within, "ip", "route", "del", "blackhole", HOST + "/32")

    def close(self):
        self.holder.kill()
        self.holder.wait()
        subprocess.run(["ip", "link", "del", self.here], capture_output=True)


class Authority:
    """init, and spoor-collector-ca: who gives the deployment's host its identity."""

    def __init__(self, deployment, network):
        self.deployment, self.network = deployment, network
        self.collector = os.path.join(deployment.bin, "spoor-collector")
        self.ca, self.tls = deployment.path("ca"), deployment.path("tls")
        self.socket = deployment.path("ca-socket", "ca.sock")
        os.mkdir(os.path.dirname(self.socket), 0o755)
        os.chown(os.path.dirname(self.socket), CA_UID, CA_UID)
        said = run(self.collector, "init", "--name", COLLECTOR, "--ca-folder", self.ca,
                   "--tls-folder", self.tls, "--root-key", deployment.path("root.key"),
                   "--ca-user", str(CA_UID), "--collector-user", str(deployment.collector_uid))
        self.fingerprint = re.search(r"sha256:[0-9a-f]{64}", said).group()
        self.process = subprocess.Popen(
            ["setpriv", "--reuid=%d" % CA_UID, "--regid=%d" % CA_UID, "--clear-groups",
             "--pdeathsig=KILL", os.path.join(deployment.bin, "spoor-collector-ca"), "--folder",
             self.ca, "--socket", self.socket, "--peer", str(deployment.collector_uid)],
            stderr=subprocess.DEVNULL)
        wait_until("the CA's socket", lambda: os.path.exists(self.socket))
        self._configure()

    def _configure(self):
        at = self.deployment.path
        self.deployment.write_config("collector", {
            "log_level": "info", "log": {"folder": at("log"), "ballast": "1 MiB"},
            "uplink": {"socket": '""', "listen": "%s:%d" % (COLLECTOR, PORT),
                       "certificate": os.path.join(self.tls, "server.pem"),
                       "key": os.path.join(self.tls, "server.key"),
                       "authorities": os.path.join(self.tls, "authorities.pem")},
            "query": {"socket": at("sockets", "query.sock")},
            "identity": {"authority": self.socket}})
        self.deployment.write_config("uplink", {
            "host": "web1", "machine_id_file": self.deployment.machine_id, "log_level": "info",
            "spool": {"folder": at("spool")}, "commit": {"folder": at("commit")},
            "state": {"folder": at("uplink-state")}})
        self.deployment.agent_values["trust_file"] = at("etc", "trust")
        self.deployment.agent_values["checkpoint_key"] = at("etc", "checkpoint.pem")
        self.deployment.write_config("agent", self.deployment.agent_values)
        argv = self.deployment.collector.argv
        argv[:0] = self.network.within

    def enroll(self):
        """With a collector that runs."""
        token = run(self.collector, "token", "create", "--name", "web1", "--ca-folder", self.ca)
        run(os.path.join(self.deployment.bin, "spoor-uplink"), "--config",
            self.deployment.config("uplink"), "enroll", "--collector",
            "%s:%d" % (COLLECTOR, PORT), "--token-file", "-", "--ca-fingerprint", self.fingerprint,
            "--user", str(self.deployment.uplink_uid), "--agent-user",
            str(self.deployment.agent_uid), "--trust-file", self.deployment.path("etc", "trust"),
            "--checkpoint-key", self.deployment.path("etc", "checkpoint.pem"), given=token)

    def close(self):
        self.process.terminate()
        self.process.wait()
