"""decode.*: one log from disk, events to the same disk; CPU seconds of one process.

We write sealed frames (decode, correlate, encode, hash, compress) and, in a second row, JSON;
laurel writes its JSON, ausearch its CSV.
"""
import os
import shutil

import generated_log
from figures import Figure, alternate, cpu_seconds
from peers import laurel_config

ROUNDS = 5


class Decode:
    def __init__(self, binaries, peers, folder):
        self.agent, self.peers, self.folder = os.path.join(binaries, "spoor-agent"), peers, folder
        self.log = os.path.join(folder, "audit.log")
        self.records, self.events, _ = generated_log.write(self.log)

    def sealed(self):
        target = os.path.join(self.folder, "sealed")
        shutil.rmtree(target, ignore_errors=True)
        return cpu_seconds([self.agent, "replay", "--seal", target, self.log])

    def json(self):
        with open(os.path.join(self.folder, "events.json"), "wb") as out:
            return cpu_seconds([self.agent, "replay", "--json", self.log], stdout=out)

    def laurel(self):
        target = os.path.join(self.folder, "laurel")
        shutil.rmtree(target, ignore_errors=True)
        os.mkdir(target)
        return cpu_seconds([self.peers.program("laurel"), "--config", laurel_config(target)],
                           stdin=self.log)

    def ausearch(self):
        search = self.peers.program("ausearch")
        with open(os.path.join(self.folder, "events.csv"), "wb") as out:
            return cpu_seconds(["env", "LD_LIBRARY_PATH=" +
                                self.peers.environment()["LD_LIBRARY_PATH"], search,
                                "--format", "csv", "-if", self.log], stdout=out)

    def lines(self, *path):
        with open(os.path.join(self.folder, *path), "rb") as file:
            return sum(1 for _ in file)


def run(binaries, peers, folder):
    decode = Decode(binaries, peers, folder)
    print("decode: %d records, %d events, medians of %d runs, in turns" % (
        decode.records, decode.events, ROUNDS), flush=True)
    seconds = alternate(ROUNDS, {"sealed": decode.sealed, "json": decode.json,
                                 "laurel": decode.laurel, "ausearch": decode.ausearch})
    # Who writes nothing is quick.
    for what, lines in (("spoor-agent", decode.lines("events.json")),
                        ("laurel", decode.lines("laurel", "audit.log"))):
        if lines < decode.events:
            raise RuntimeError("%s wrote %d of %d events" % (what, lines, decode.events))
    laurel = "laurel " + peers.version("laurel")
    ausearch = "ausearch " + peers.version("auditd")
    each = {name: value / decode.records * 1e6 for name, value in seconds.items()}
    return [
        Figure("decode.us_per_record", each["sealed"], "µs", None, laurel, each["laurel"]),
        Figure("decode.speedup_vs_laurel", seconds["laurel"] / seconds["sealed"], "times",
               (">=", 8), laurel, 1),
        Figure("decode.json_us_per_record", each["json"], "µs", None, laurel, each["laurel"]),
        Figure("decode.json_speedup_vs_laurel", seconds["laurel"] / seconds["json"], "times", None,
               laurel, 1),
        Figure("decode.ausearch_ratio", seconds["ausearch"] / seconds["sealed"], "times", None,
               ausearch, 1),
    ]
