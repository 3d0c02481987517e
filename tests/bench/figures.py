"""Figures: what a benchmark gives, one row each; the table of them, and build/bench.json."""
import json
import os
import statistics
import subprocess


class Figure:
    def __init__(self, name, value, unit, target=None, peer=None, peer_value=None):
        """`target` is what the value must keep: ("<=", 10) or (">=", 8)."""
        self.name, self.value, self.unit, self.target = name, value, unit, target
        self.peer, self.peer_value = peer, peer_value

    def met(self):
        if self.target is None:
            return ""
        sign, bound = self.target
        return "yes" if (self.value <= bound if sign == "<=" else self.value >= bound) else "NO"

    def target_text(self):
        return "%s %s" % (self.target[0], short(self.target[1])) if self.target else ""

    def row(self):
        return (self.name, short(self.value), self.unit, self.target_text(), self.met(),
                self.peer or "", "" if self.peer_value is None else short(self.peer_value))

    def as_json(self):
        return json.dumps({"name": self.name, "value": self.value, "unit": self.unit,
                           "target": self.target_text() or None, "peer": self.peer,
                           "peer_value": self.peer_value})


HEAD = ("FIGURE", "VALUE", "UNIT", "TARGET", "MET", "PEER", "PEER'S")
RIGHT = (1, 6)


def short(number):
    """Three digits that count; no exponent."""
    if number == 0 or abs(number) >= 100:
        return "{:,.0f}".format(number)
    text = "%.3g" % number
    return text if "e" not in text else "%f" % number


def table(figures):
    rows = [HEAD] + [figure.row() for figure in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.rjust(width) if i in RIGHT else cell.ljust(width)
                  for i, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows)


def write(path, figures):
    with open(path, "w") as file:
        for figure in figures:
            file.write(figure.as_json() + "\n")


def cpu_seconds(argv, stdin=None, stdout=subprocess.DEVNULL):
    """User and system time of one process, run to its end; its children are its own affair."""
    with open(stdin or os.devnull, "rb") as source:
        process = subprocess.Popen(argv, stdin=source, stdout=stdout, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError("%s ended with %d: %s" % (
            argv[0], process.returncode, said.decode("utf-8", "replace")[-2000:]))
    return usage.ru_utime + usage.ru_stime


def alternate(rounds, runs):
    """{name: median of run()}, the runs taking turns, so that a slow minute hits all alike. One
    round more goes before, uncounted: it fills the caches."""
    seen = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            value = run()
            if number > 0:
                seen[name].append(value)
    return {name: statistics.median(values) for name, values in seen.items()}


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if "model name" in line), "?")
    with open("/etc/os-release") as release:
        system = next((line.split("=", 1)[1].strip().strip('"') for line in release
                       if line.startswith("PRETTY_NAME=")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return "%s, %d processors, %.0f GiB, Linux %s, %s" % (
        model, os.cpu_count(), memory, os.uname().release, system)
