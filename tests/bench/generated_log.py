"""A log of a shell at work, as the kernel writes it for a rule on execve and one on exit_group: the
same bytes each time. generated_log.py FILE [RECORDS]

Shapes are those of tests/golden/records: most commands are programs (seven records), some are
scripts (a PATH more, for the interpreter), a few are sudo's (BPRM_FCAPS); each ends with exit_group
(three records). Arguments that hold a space or a quote are hex, as the kernel has it.
"""
import random
import sys

RECORDS = 1_000_000
SECONDS_0 = 1_795_300_000
PROGRAMS = (
    ("ls", ["-la", "/var/log"]), ("cat", ["/etc/hostname"]), ("grep", ["-rn", "needle", "src"]),
    ("git", ["status", "--short"]), ("git", ["log", "--oneline", "-n", "20"]), ("id", ["-u"]),
    ("sed", ["-e", "s/one two/three/", "notes.txt"]), ("find", [".", "-name", "*.cc"]),
    ("systemctl", ["status", "nginx.service"]), ("date", ["+%Y-%m-%d %H:%M"]), ("true", []),
    ("curl", ["-fsS", "http://127.0.0.1:8080/health"]), ("wc", ["-l"]), ("sort", ["-r"]),
    ("gcc", ["-O2", "-Wall", "-Iinclude", "-c", "src/main.c", "-o", "build/main.o"]),
    ("ssh", ["deploy@10.0.3.17", "uptime"]), ("awk", ["{ print $1, $7 }", "access.log"]))
SCRIPTS = ("/usr/local/bin/backup", "/srv/app/bin/migrate", "/usr/bin/ldd")
FOLDERS = ("/home/alice", "/home/alice/src/app", "/srv/app", "/var/log", "/tmp")
PATH = ("item=%d name=%s inode=%d dev=fe:00 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL "
        "cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0 cap_frootid=0")
SCRIPT_SHARE, SUDO_SHARE = 0.2, 0.05


def text(value):
    data = value.encode()
    plain = data and all(0x21 <= byte <= 0x7E and byte != 0x22 for byte in data)
    return '"%s"' % value if plain or not data else data.hex().upper()


class Shell:
    def __init__(self):
        self.random = random.Random(20_261_122)
        self.time_ms, self.serial, self.pid = SECONDS_0 * 1000, 100_000, 9_000

    def event(self, bodies):
        """The records of one event, as auditd's raw log has them."""
        self.serial += 1
        self.time_ms += self.random.choice((0, 0, 1, 1, 2, 4, 7))
        stamp = "msg=audit(%d.%03d:%d): " % (
            self.time_ms // 1000, self.time_ms % 1000, self.serial)
        return ["type=" + kind + " " + stamp + body + "\n" for kind, body in bodies]

    def syscall(self, number, outcome, args, items, name, exe, key, uid):
        ids = " ".join("%s=%d" % (field, uid) for field in (
            "uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"))
        return ("SYSCALL", "arch=c000003e syscall=%d %s%s items=%d ppid=8727 pid=%d auid=1000 %s "
                "tty=pts0 ses=112 comm=%s exe=%s key=%s" % (
                    number, outcome, " ".join("a%d=%x" % pair for pair in enumerate(args)), items,
                    self.pid, ids, text(name[:15]), text(exe), text(key)))

    def command(self):
        """All records of one command: its exec and its exit_group."""
        draw = self.random
        name, args = draw.choice(PROGRAMS)
        exe, argv = "/usr/bin/" + name, [name] + args
        paths, capabilities, uid = [exe], [], 1000
        kind = draw.random()
        if kind < SCRIPT_SHARE:
            script = draw.choice(SCRIPTS)
            exe, name = "/usr/bin/bash", script.rsplit("/", 1)[1]
            argv, paths = ["/bin/bash", script, *args], [script, "/bin/bash"]
        elif kind < SCRIPT_SHARE + SUDO_SHARE:
            exe, name, argv, uid = "/usr/bin/sudo", "sudo", ["sudo", *argv], 0
            paths = [exe]
            capabilities = [("BPRM_FCAPS", "fver=0 fp=0 fi=0 fe=0 old_pp=0 old_pi=0 old_pe=0 "
                             "old_pa=0 pp=1ffffffffff pi=0 pe=1ffffffffff pa=0 frootid=0")]
        if draw.random() < 0.5:
            argv.append(str(draw.randrange(100_000)))
        paths.append("/lib64/ld-linux-x86-64.so.2")
        self.pid += 1
        title = ("PROCTITLE", "proctitle=" + "\0".join(argv).encode()[:128].hex().upper())
        addresses = [draw.randrange(1 << 46, 1 << 47) for _ in range(4)]
        return self.event(
            [self.syscall(59, "success=yes exit=0 ", addresses, len(paths), name, exe,
                          "spoor-commands", uid)] + capabilities +
            [("EXECVE", "argc=%d %s" % (len(argv), " ".join(
                "a%d=%s" % (i, text(arg)) for i, arg in enumerate(argv)))),
             ("CWD", "cwd=" + text(draw.choice(FOLDERS)))] +
            [("PATH", PATH % (i, text(path), 240_000 + 37 * len(path)))
             for i, path in enumerate(paths)] +
            [title, ("EOE", "")]) + self.event(
                [self.syscall(231, "", [draw.choice((0, 0, 0, 0, 1, 127)), 0xE7, 0x3C, 0], 0, name,
                              exe, "bench-ends", uid), title, ("EOE", "")])


def write(path, records=RECORDS):
    """Whole commands until there are that many records. Gives (records, events, commands)."""
    shell, written, commands = Shell(), 0, 0
    with open(path, "w") as file:
        while written < records:
            lines = shell.command()
            file.writelines(lines)
            written += len(lines)
            commands += 1
    return written, 2 * commands, commands


if __name__ == "__main__":
    print("%d records, %d events, %d commands" % write(
        sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else RECORDS))
