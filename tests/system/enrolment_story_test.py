#!/usr/bin/env python3
"""A host's whole way into a collector and out again, with the real programs on both sides: init,
CA, token, enrolment, shipping over TLS, what the agent believes of it, renewal, revocation; and
everything that is wrong with a token or a certificate, beside a healthy agent that must not notice.
Needs root; one story takes the audit seat and is left out where there is none.
enrolment_story_test.py BINARIES [STORY...]
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import enrolment_site
import harness
import private_space
from enrolment_site import CA_UID, Host, Site, run
from harness import SKIPPED, Failure, require, wait_until
from private_space import AGENT_UID, UPLINK_UID


def agents(site):
    return {agent["name"]: agent for agent in (
        json.loads(line) for line in site.cli("agents", "--json").splitlines())}


def is_connected(site, name):
    return agents(site).get(name, {}).get("states") == ["STATE_CONNECTED"]


def is_heard(site, name):
    """As is_connected, of one that brings a recording: it says that it is behind, by years."""
    agent = agents(site).get(name, {})
    return agent.get("last_seen_ns", "0") != "0" and set(agent["states"]) <= {
        "STATE_BEHIND", "STATE_CONNECTED"}


def openssl(*arguments):
    return run("openssl", *arguments)


def make_key(path):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)


def put_identity(host, key, chain):
    """Another key and certificate than enrolment gave."""
    with open(key) as file:
        both = file.read()
    with open(chain) as file:
        both += file.read()
    with open(host.identity, "w") as file:
        file.write(both)


class Authority:
    """A CA that an organisation has already: root, and an issuing one whose end can be chosen."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)
        make_key(self.path("root.key"))
        make_key(self.path("issuing.key"))
        openssl("req", "-x509", "-new", "-key", self.path("root.key"), "-subj", "/CN=Our root",
                "-days", "3650", "-out", self.path("root.pem"), "-addext",
                "keyUsage=critical,keyCertSign,cRLSign")
        openssl("req", "-new", "-key", self.path("issuing.key"), "-subj", "/CN=Our issuing CA",
                "-out", self.path("issuing.csr"))
        self.serial = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, request, subject, life_s, extensions, ca="issuing", begins_s=-3600):
        """The certificate's path."""
        self.serial += 1
        out = self.path("%d.pem" % self.serial)
        at = lambda s: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + s))
        with open(self.path("ca.cnf"), "w") as file:
            file.write("[ca]\ndefault_ca=it\n[it]\ndatabase=%s\nserial=%s\nnew_certs_dir=%s\n"
                       "default_md=sha256\npolicy=any\nunique_subject=no\n[any]\n"
                       "commonName=supplied\n[ext]\n%s\n" % (
                           self.path("index"), self.path("serial"), self.folder, extensions))
        open(self.path("index"), "w").close()
        with open(self.path("serial"), "w") as file:
            file.write("%04x\n" % (0x4000 + self.serial))
        openssl("ca", "-batch", "-notext", "-config", self.path("ca.cnf"), "-in", request,
                "-subj", subject, "-cert", self.path(ca + ".pem"), "-keyfile",
                self.path(ca + ".key"), "-startdate", at(begins_s), "-enddate", at(life_s),
                "-extensions", "ext", "-out", out)
        return out

    def issue_issuing(self, life_s):
        made = self.sign(self.path("issuing.csr"), "/CN=Our issuing CA", life_s,
                         "basicConstraints=critical,CA:TRUE,pathlen:0\n"
                         "keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
                         "authorityKeyIdentifier=keyid", ca="root")
        shutil.copy(made, self.path("issuing.pem"))
        with open(self.path("chain.pem"), "w") as chain:
            for name in ("issuing.pem", "root.pem"):
                with open(self.path(name)) as file:
                    chain.write(file.read())

    def client(self, name, machine, life_s=3600, begins_s=-3600):
        """(key, chain) of an agent as it would like to be."""
        key, request = self.path("client.key"), self.path("client.csr")
        make_key(key)
        openssl("req", "-new", "-key", key, "-subj", "/CN=" + name, "-out", request)
        leaf = self.sign(request, "/CN=" + name, life_s,
                         "basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n"
                         "subjectAltName=URI:spoor:machine:" + machine, begins_s=begins_s)
        with open(leaf, "a") as out, open(self.path("issuing.pem")) as issuing:
            out.write(issuing.read())
        return key, leaf


# ------------------------------------------------------------------ stories without the audit seat

def story_refusals(site):
    """Whatever is wrong with a token or a host: a refusal that says what to do, an event, and
    nothing changes for who is there."""
    site.init()
    site.start()
    healthy = Host(site, "web1")
    healthy.fill_spool()
    said = healthy.enroll(site.token("--name", "web*", "--label", "env=prod", "--label", "tier=2"))
    require("Enrolled as web1" in said and "env=prod tier=2" in said, said)
    healthy.ships()
    wait_until("web1 to be heard", lambda: is_heard(site, "web1"))
    require(agents(site)["web1"]["labels"] == {"env": "prod", "tier": "2"}, agents(site))
    require("env=prod,tier=2" in site.cli("agents"), site.cli("agents"))
    first_commits = {name: os.stat(healthy.path("commit", name)).st_mtime_ns
                     for name in healthy.commits()}

    def refused(host, token, *wanted, event=None, **more):
        if event:  # refusals are told at most once a second
            time.sleep(1.1)
        said = host.enroll(token, code=1, **more)
        for words in wanted:
            require(words in said, "%r is not in: %s" % (words, said))
        require(not os.path.exists(host.path("state", "identity")) and
                sorted(os.listdir(host.path("etc"))) == ["machine-id", "uplink.yml"],
                "something is left of a refused enrolment")
        if event:
            wait_until("an event of it: %s" % event, lambda: site.has_told(event))
        return said

    other = Host(site, "web2")
    once = site.token("--name", "web2")
    refused(other, "A" * 43, "this token is not known here: see that it was copied whole",
            event="this token is not known here")
    refused(other, site.token("--name", "db*"), "this host is called web2", "names like db*",
            event="names like db*")
    short = site.token("--name", "web*", "--ttl", "1s")
    time.sleep(1.1)
    refused(other, short, " is over; make a new one with `spoor-collector token create`",
            event=" is over;")
    ended = site.token("--name", "web*")
    known = re.search(r"^(\w+) +good +0/1 .*web\*", site.tokens(), re.M).group(1)
    site.command("token", "revoke", known, "--ca-folder", site.path("ca"))
    refused(other, ended, "the token " + known + " was revoked; make a new one",
            event="the token " + known + " was revoked")
    refused(other, once, "not the collector with that fingerprint", "somebody stands in between",
            fingerprint="sha256:" + "0" * 64)
    refused(other, once, "is not good for localhost", "init --name",
            address=site.address.replace("127.0.0.1", "localhost"))
    refused(other, once, "no TLS 1.3 with 127.0.0.1:1", address="127.0.0.1:1")
    # A copy of web1 under a name of its own, and another machine under web1's.
    copy = Host(site, "web3", machine_id=healthy.read("etc/machine-id").strip())
    refused(copy, site.token("--name", "web3"), "this machine id is that of web1",
            "systemd-machine-id-setup", event="this machine id is that of web1")
    usurper = Host(site, "usurper")
    said = usurper.enroll(site.token("--name", "web*"), "--host", "web1", code=1)
    require("another machine is web1 here" in said and "agents revoke web1" in said, said)
    # The token that the others did not spend is still good, once.
    other.enroll(once)
    late = Host(site, "web4")
    said = late.enroll(once, "--host", "web2", code=1)
    require("is used up; make a new one" in said, said)
    require(re.search(r"used up +1/1 .* web2", site.tokens()), site.tokens())
    # Without a CA nobody is enrolled, and it is said whose fault that is.
    site.ca.stop()
    token = site.token("--name", "web4")
    said = late.enroll(token, code=1)
    require("is spoor-collector-ca running?" in said, said)
    site.ca.start("answering")
    late.enroll(token)

    require(is_heard(site, "web1"), "web1 suffered: %s" % agents(site)["web1"])
    require(healthy.uplink.log().count("shipping") == 1, "web1's connection was cut")
    require(sorted(first_commits) == healthy.commits(), "other commits than before")
    for words in ("web1", "env=prod"):
        require(words in site.cli("agents", "web*", "--label", "env=prod"), "no " + words)
    require("web2" not in site.cli("agents", "--label", "env=prod"), "a label of another")
    told = site.cli("events", "web1")
    require(re.search(r"web1  enrolled from 127\.0\.0\.1 with the token \w+, env=prod,tier=2, cert",
                      told) and "web2" not in told, told)
    wait_until("the tokens' making to be told", lambda: re.search(
        r"collector  token revoke %s by uid 0" % known, site.cli("events", "collector")))


def story_certificates(site):
    """A certificate that is self-signed, another CA's, another machine's, or only chains to the
    same root: refused at the door, told, and the next agent is heard."""
    ours = Authority(site.path("ours"))
    ours.issue_issuing(86400 * 365)
    site.init("--ca-cert", ours.path("chain.pem"), "--ca-key", ours.path("issuing.key"))
    site.start()
    host, healthy = Host(site, "web1"), Host(site, "web2")
    for one in (host, healthy):
        one.fill_spool()
        one.enroll(site.token("--name", "web*"))
    good = host.path("good.pem")
    shutil.copy2(host.identity, good)
    healthy.ships()
    machine = host.read("etc/machine-id").strip()
    theirs = Authority(site.path("theirs"))
    theirs.issue_issuing(86400)

    def refused(words, key, chain, event):
        put_identity(host, key, chain)
        time.sleep(1.1)  # refusals are told at most once a second
        host.start()
        host.uplink.wait_for(words)
        require("shipping" not in host.uplink.log(), host.uplink.log())
        host.uplink.stop()
        require(not host.commits(), "it was heard all the same")
        wait_until("an event of it: %s" % event, lambda: site.has_told("connect refused", event))

    refused("the certificate does not verify: unable to get local issuer certificate",
            *theirs.client("web1", machine), event="unable to get local issuer certificate")
    key, selfish = site.path("selfish.key"), site.path("selfish.pem")
    make_key(key)
    openssl("req", "-x509", "-new", "-key", key, "-subj", "/CN=web1", "-days", "1", "-out", selfish,
            "-addext", "subjectAltName=URI:spoor:machine:" + machine,
            "-addext", "basicConstraints=critical,CA:FALSE",
            "-addext", "extendedKeyUsage=clientAuth")
    refused("the certificate does not verify: self-signed certificate", key, selfish,
            event="self-signed certificate")
    # One that our own CA made for somebody, outside of any enrolment: it leads to the root, and
    # the registry does not know it. As an expired one, it may be renewed: which the CA denies.
    refused("this certificate is not known here: enrol this host", *ours.client("web1", machine),
            event="not in the collector's registry")
    wait_until("the CA's word as an event", lambda: site.has_told("renew refused"))
    # Stolen from the healthy one.
    with open(host.identity, "w") as out, open(healthy.identity) as stolen:
        out.write(stolen.read())
    time.sleep(1.1)
    host.start()
    host.uplink.wait_for("the certificate of web2 is bound to another machine; enrol this one")
    host.uplink.stop()
    require(not host.commits(), "it was heard all the same")
    wait_until("an event of it", lambda: site.has_told("is bound to another machine"))
    wait_until("web2 to be heard", lambda: is_heard(site, "web2"))
    require(healthy.uplink.log().count("shipping") == 1, "web2's connection was cut")
    # And with its own again it is heard.
    shutil.copy2(good, host.identity)
    os.chown(host.identity, UPLINK_UID, UPLINK_UID)
    host.ships()


def story_renewal(site):
    """An existing CA that ends soon: certificates end with it; under the new issuing certificate
    one that has expired renews by itself, and one that was revoked does not."""
    ours = Authority(site.path("ours"))
    ours.issue_issuing(8)
    site.init("--ca-cert", ours.path("chain.pem"), "--ca-key", ours.path("issuing.key"))
    site.start()
    kept, lost = Host(site, "web1"), Host(site, "web2")
    for host in (kept, lost):
        host.fill_spool()
        host.enroll(site.token("--name", "web*"))
    first = kept.serial()
    kept.ships()
    kept.uplink.stop()
    site.revoke("web2", "the disk was stolen")
    for host in (kept, lost):
        wait_until("the certificate of %s to end" % host.name,
                   lambda h=host: "EXPIRED" in subprocess.run(
                       [site.path("bin", "spoor-uplink"), "--config", h.path("etc/uplink.yml"),
                        "status", "--user", str(UPLINK_UID)], capture_output=True,
                       text=True).stdout)
    # docs/identity.md, "A new issuing CA", with the same key.
    site.collector.stop()
    site.ca.stop()
    ours.issue_issuing(86400 * 30)
    shutil.copy(ours.path("chain.pem"), site.path("ca", "issuing.pem"))
    os.chown(site.path("ca", "issuing.pem"), CA_UID, CA_UID)
    said = site.command("init", "--renew-server", "--ca-folder", site.path("ca"), "--tls-folder",
                        site.path("tls"), "--ca-user", str(CA_UID), "--collector-user",
                        str(private_space.COLLECTOR_UID))
    require("is new, for 127.0.0.1, until" in said, said)
    site.start()
    for host in (kept, lost):
        host.start()
    kept.uplink.wait_for("the certificate of web1 is renewed until")
    kept.uplink.wait_for("shipping")
    require(kept.serial() != first, "the same certificate")
    lost.uplink.wait_for("this certificate was revoked: ask for a token, and enrol this host again")
    require("spoor-uplink enroll --force" in lost.uplink.log(), lost.uplink.log())
    require("shipping" not in lost.uplink.log() and not lost.commits(), lost.uplink.log())
    wait_until("web1 to be heard", lambda: is_heard(site, "web1"))
    require(agents(site)["web2"]["states"][0] == "STATE_REVOKED", agents(site)["web2"])


def story_older_registry(site):
    """state.db comes back older than an enrolment: the certificate is sent to be renewed, by which
    the registry learns of it; the host is never stuck."""
    site.init()
    site.start()
    site.collector.stop()
    older = site.path("older.db")
    shutil.copy2(site.path("log", "state.db"), older)
    site.collector.start("accepting")
    host = Host(site, "web1")
    host.fill_spool()
    host.enroll(site.token("--name", "web1", "--label", "env=prod"))
    first = host.serial()
    site.collector.stop()
    for name in os.listdir(site.path("log")):
        if name.startswith("state.db"):
            os.unlink(site.path("log", name))
    shutil.copy2(older, site.path("log", "state.db"))
    os.chown(site.path("log", "state.db"), private_space.COLLECTOR_UID,
             private_space.COLLECTOR_UID)
    site.collector.start("accepting")
    host.ships()
    require("the certificate of web1 is renewed until" in host.uplink.log(), host.uplink.log())
    require(host.serial() != first, "the same certificate")
    wait_until("web1 to be heard", lambda: is_heard(site, "web1"))
    require(agents(site)["web1"]["labels"] == {"env": "prod"}, "labels: %s" % agents(site)["web1"])


def story_rename(site):
    """A host that is enrolled anew under another name goes on with its streams, which another
    machine does not get that has them, too."""
    site.init()
    site.start()
    host = Host(site, "web1")
    host.fill_spool()
    host.enroll(site.token("--name", "web1"))
    host.ships()
    host.uplink.stop()
    site.revoke("web1", "it is called db1 now")
    said = host.enroll(site.token("--name", "db*"), "--host", "db1", "--force")
    require("Enrolled as db1" in said, said)
    host.start()
    wait_until("db1 to be heard", lambda: is_heard(site, "db1"))
    wait_until("an event of it", lambda: site.has_told("db1", "was web1 before"))
    require(not site.has_told("clone"), site.cli("events"))
    host.uplink.stop()
    thief = Host(site, "db2")
    shutil.rmtree(thief.path("spool"))
    shutil.copytree(host.path("spool"), thief.path("spool"))
    for folder, names, members in os.walk(thief.path("spool")):
        for name in [folder] + [os.path.join(folder, n) for n in names + members]:
            os.chown(name, AGENT_UID, AGENT_UID)
    thief.enroll(site.token("--name", "db2"))
    thief.start()
    wait_until("the clone as an event", lambda: site.has_told("db1", "clone: two hosts"))
    require(not site.has_told("db2", "was"), site.cli("events"))


def story_versions(site):
    """TLS 1.3 or nothing, as openssl sees the collector's port."""
    site.init()
    site.start()
    for version, code in (("-tls1_2", 1), ("-tls1_3", 0)):
        done = subprocess.run(
            ["openssl", "s_client", version, "-connect", site.address, "-alpn", "h2", "-CAfile",
             site.path("tls", "authorities.pem"), "-verify_return_error", "-verify_ip",
             "127.0.0.1"], input="", capture_output=True, text=True, errors="replace")
        require(done.returncode == code, "%s: %d\n%s%s" % (version, done.returncode, done.stdout,
                                                         done.stderr))
        require(("TLSv1.3, Cipher is TLS_AES" in done.stdout) == (code == 0), done.stdout)


# ------------------------------------------------------------------ with the kernel's audit

def story_whole_way(site, deployment):
    """From the kernel to `spoor trail`, over TLS: the collector's names and labels, commits that
    the agent believes and acts upon, checkpoints by the enrolled key; then revoked, and enrolled
    anew."""
    d = deployment
    private_space.mount("none", d.path("spool"), "tmpfs", options="size=8m,mode=750,uid=%d,gid=%d" %
                        (AGENT_UID, AGENT_UID))
    host = Host(site, "enrolled")
    d.write_config("agent", dict(d.agent_values, trust_file=host.path("etc/trust"),
                                 checkpoint_key=host.path("etc/checkpoint.pem")))
    uplink = dict(host.config, host="web1", spool={"folder": d.path("spool")},
                  commit={"folder": d.path("commit")}, machine_id_file=d.machine_id)
    host.write("etc/uplink.yml", enrolment_site.yaml_of(uplink))
    d.start_agent()
    require(d.session("/bin/echo", "before enrolment", pty=False).wait() == 0, "echo")

    site.init()
    site.start()
    said = host.enroll(site.token("--name", "web*", "--label", "env=prod"), "--host", "web7")
    require("Enrolled as web7" in said and "restart spoor-agent" in said, said)
    d.agent.stop()
    d.start_agent()
    require("checkpoints are not signed" not in d.agent.log(), d.agent.log())
    host.start()
    require(d.session("/bin/echo", "after enrolment", pty=False).wait() == 0, "echo")

    def trail():
        text = ""
        for line in site.cli("sessions", "--json").splitlines():
            session = json.loads(line).get("session", {})
            if session.get("login_uid") == harness.LOGIN_UID:
                require(session["host"] == "web7", "the session is of " + session["host"])
                text += site.cli("trail", session["name"])
        return text
    shown = wait_until("both commands", lambda: all(
        words in trail() for words in ("before enrolment", "after enrolment")) and trail())
    require("@web7" in shown, shown)
    wait_until("web7 to be connected", lambda: is_connected(site, "web7"))
    seen = agents(site)["web7"]
    require(seen["labels"] == {"env": "prod"} and seen["enrolled"], seen)
    require("web1" not in agents(site), "the host's own word is a name")

    # Believed: on a full disk what is committed goes. (What is done until the agent has read the
    # commits may be lost, and is told: tests/system/loss_test.py.)
    segments = lambda: {n for _, _, names in os.walk(d.path("spool")) for n in names
                        if n.endswith(".seg")}
    before = segments()
    with open(d.path("spool", "filler"), "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
    wait_until("committed segments to go", lambda: (
        d.session("/bin/echo", "on a full disk", pty=False).wait(),
        before - segments())[1], every_s=0.2)
    os.unlink(d.path("spool", "filler"))
    wait_until("room again", lambda: (
        d.session("/bin/echo", "with room again", pty=False).wait(),
        "with room again" in trail())[1], every_s=0.2)
    require("after enrolment" in trail(), "what went is not in the log: " + trail())

    d.agent.stop()  # signs where its streams ended
    key = enrolment_site.public_key(host.path("etc/checkpoint.pem"))
    signed = wait_until("a checkpoint", lambda: enrolment_site.checkpoints(site.path("log")))
    for found, message, signature in signed:
        require(found == key, "a checkpoint by another key")
        require(enrolment_site.is_signed(found, message, signature, site.folder), "not signed")
        spoilt = message[:-1] + bytes([message[-1] ^ 1])
        require(not enrolment_site.is_signed(found, spoilt, signature, site.folder), "any will do")
    d.start_agent()

    # Out: the open stream is cut, and it is said what to do.
    site.revoke("web7", "the disk was stolen")
    host.uplink.wait_for("the collector refuses: this certificate was revoked")
    host.uplink.wait_for("with a new token, spoor-uplink enroll --force gives a new identity")
    require(agents(site)["web7"]["states"][0] == "STATE_REVOKED", agents(site)["web7"])
    require("the disk was stolen" in site.cli("agents", "--json"), "no reason")
    wait_until("an event of it", lambda: site.has_told("the disk was stolen"))
    require(d.session("/bin/echo", "while revoked", pty=False).wait() == 0, "echo")
    # In again, as it was told.
    host.uplink.stop()
    require("--force" in host.enroll(site.token("--name", "web7"), "--host", "web7", code=1), "")
    host.enroll(site.token("--name", "web7"), "--host", "web7", "--force")
    d.agent.stop()
    d.start_agent()
    host.start()
    wait_until("what was done meanwhile", lambda: "while revoked" in trail())
    told = re.findall(r"  web7  (\w+)", site.cli("events", "web7"))
    require([word for word in told if word in ("enrolled", "revoked")] ==
            ["enrolled", "revoked", "enrolled"], site.cli("events"))
    require(not site.has_told("checkpoint refused"), site.cli("events"))
    # Its agent signs with a key that no enrolment named.
    d.agent.stop()
    with open(host.path("etc/checkpoint.pem"), "w") as file:
        file.write(openssl("genpkey", "-algorithm", "ed25519"))
    d.start_agent()
    require(d.session("/bin/echo", "by another key", pty=False).wait() == 0, "echo")
    wait_until("what was done", lambda: "by another key" in trail())
    d.agent.stop()
    wait_until("an event of it", lambda: site.has_told(
        "web7", "checkpoint refused", "not enrolled"))
    require("(bad checkpoint)" in site.cli("agents"), site.cli("agents"))


PLAIN = (story_refusals, story_certificates, story_renewal, story_older_registry, story_rename,
         story_versions)


def run_plain(story, binaries):
    folder = private_space.PrivateFolder()
    site = Site(folder.path, binaries)
    try:
        story(site)
        site.stop()
    except Failure:
        for name in sorted(os.listdir(folder.path)):
            if name.endswith(".log"):
                with open(site.path(name), errors="replace") as log:
                    print("---- %s\n%s" % (name, log.read()[-3000:]))
        raise
    finally:
        site.kill()
        folder.close()


def run_live(deployment):
    site = Site(deployment.folder, os.path.abspath(sys.argv[1]))
    try:
        story_whole_way(site, deployment)
        site.stop()
    finally:
        site.kill()


def run_at_once(stories):
    """They mostly wait; each is a process of its own."""
    running = [(story, subprocess.Popen(
        [sys.executable, "-B", os.path.abspath(__file__), sys.argv[1], story],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)) for story in stories]
    failed = []
    for story, process in running:
        print(process.communicate()[0], end="", flush=True)
        if process.returncode != 0:
            failed.append(story)
    require(not failed, "stories that failed: " + ", ".join(failed))


def main():
    if os.geteuid() != 0:
        print("needs root, to run each program as its user")
        sys.exit(SKIPPED)
    harness.quit_on(signal.SIGTERM, signal.SIGHUP)
    plain = {story.__name__[len("story_"):]: story for story in PLAIN}
    wanted = sys.argv[2:]
    try:
        if not wanted:
            run_at_once(plain)
        for name in wanted:
            if name in plain:
                print("%s: %s" % (name, " ".join(plain[name].__doc__.split())), flush=True)
                run_plain(plain[name], os.path.abspath(sys.argv[1]))
    except Failure as failure:
        sys.exit("FAILED: %s" % failure)
    if not wanted or "whole_way" in wanted:
        print("whole_way: " + " ".join(story_whole_way.__doc__.split()), flush=True)
        harness.run_test(run_live)


if __name__ == "__main__":
    main()
