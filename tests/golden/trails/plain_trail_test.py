#!/usr/bin/env python3
"""What plain_trail.py makes of trails as they were printed: the same names for the same things,
whatever the numbers; and a difference that counts is still there."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "system"))
from plain_trail import Names, plain_trail  # noqa: E402

TRAIL = """\
alice@web1  session web1:7.b3x  ssh pts/0 from 127.0.0.1:58322  publickey ED25519 SHA256:{key}
2026-11-22  10:51:13 → 10:51:15 +00:00 (1.9 s)  logged out  5 commands · 1 failed

10:51:13.268  · typed input is recorded from here on
10:51:13.303  · a log file claims: sshd[553]: second
              in /tmp/spoor-pz8qj7ue/home
10:51:13.404  bash -c 'seq 3 | cat | tee x'  {lasted}  exec
10:51:13.600  ├ [root] cat                    1.4 s
10:51:14.336  │   · created <dir 00fe:11018533>/x
10:51:14.396  ├ seq 3                        1m 05s  exit 7
10:51:14.720  ├ sleep 0.1                          running
10:51:14.740  └ tee x                        <1 ms
10:51:14.878  · a log file claims: sshd[559]: pid 553 at port 58322
10:51:13.301  · a log file claims: sshd[553]: first
"""
KEY = "UMPMwvfH2SOGWBC5Huf7YxJMIJ6RHg053Azj3CpB3mQ"
PLAIN = """\
alice@web1  session <session1>  ssh pts/<terminal1> from 127.0.0.1:<port1>  publickey ED25519 <key1>
<from> → <to> (<lasted>)  logged out  5 commands · 1 failed

<time>  · typed input is recorded from here on
        in <folder1>/home
<time>  bash -c 'seq 3 | cat | tee x'  <lasted>  exec
<time>  ├ [root] cat  <lasted>
<time>  │   · created <dir <directory1>>/x
<time>  ├ seq 3  <lasted>  exit 7
<time>  ├ sleep 0.1  running
<time>  └ tee x  <lasted>

said by a log file alone:
· sshd[<pid1>]: first
· sshd[<pid2>]: pid <pid1> at port <port1>
· sshd[<pid1>]: second"""


def plain(text, **how):
    return "\n".join(plain_trail(text, Names(), **how))


def printed(lasted="  80 ms"):
    return TRAIL.format(key=KEY, lasted=lasted)


class PlainTrail(unittest.TestCase):
    maxDiff = None

    def test_names_and_order(self):
        self.assertEqual(plain(printed()), PLAIN)

    def test_other_numbers_are_the_same_trail(self):
        other = printed("   3d 02h").replace("553", "31999").replace("58322", "7").replace(
            "web1:7.b3x", "web1:123.zzz").replace("pz8qj7ue", "aaaa_000").replace(
            "00fe:11018533", "0801:1").replace(KEY, KEY[::-1]).replace("10:51", "23:59")
        self.assertNotEqual(other, printed())
        self.assertEqual(plain(other), PLAIN)

    def test_midnight_is_no_difference(self):
        day, indent = "2026-11-23 +00:00\n", " " * 14
        over = printed().replace("10:51:14.396", indent + "│ " + day + "00:00:00.396").replace(
            "10:51:14.8", indent + day + "00:00:14.8").replace("→ 10:51", "→ 2026-11-23 00:00")
        self.assertEqual(plain(over), PLAIN)
        self.assertNotEqual(plain(over.replace(day, "of another day\n")), PLAIN)

    def test_the_private_folder_lies_anywhere(self):
        self.assertEqual(plain(printed().replace("/tmp/", "/var/tmp/build-7.x/")), PLAIN)

    def test_what_counts_is_a_difference(self):
        for before, after in (("exit 7", "exit 8"), ("[root] cat", "cat"), ("seq 3 ", "seq 4 "),
                              ("pid 553", "pid 559"), ("├ seq", "└ seq"), ("created", "deleted"),
                              ("at port 58322", "at port 58323"), ("running", "end unseen"),
                              ("5 commands", "6 commands"), ("logged out", "the host went down")):
            self.assertNotEqual(plain(printed().replace(before, after)), PLAIN, before)

    def test_the_order_of_free_neighbours_is_none(self):
        free = ("seq", "cat", "tee")
        lines = printed().split("\n")
        at = next(i for i, line in enumerate(lines) if "[root] cat" in line)
        swapped = lines[:at] + [lines[at + 2]] + lines[at:at + 2] + lines[at + 3:]
        self.assertNotEqual(plain("\n".join(swapped)), PLAIN)
        self.assertEqual(plain("\n".join(swapped), free=free), plain(printed(), free=free))
        # The last of a level is drawn as that, whichever it is.
        lines[at + 3:at + 5] = [lines[at + 4].replace("└", "├")]
        lines[at + 3:at + 3] = []
        last = "\n".join(lines)
        self.assertIn("└", plain(printed(), free=free))
        self.assertNotEqual(plain(last, free=free), plain(printed(), free=free))

    def test_a_child_stays_with_its_command(self):
        text = ("a@h  session h:1.abc\nx\n\n10:00:00.000  sh  1 ms\n10:00:00.001  ├ tee y  1 ms\n"
                "10:00:00.002  │ └ id  1 ms\n10:00:00.003  └ cat  1 ms\n")
        self.assertEqual(plain(text, free=("tee", "cat")).split("\n")[3:], [
            "<time>  sh  <lasted>", "<time>  ├ cat  <lasted>", "<time>  └ tee y  <lasted>",
            "<time>    └ id  <lasted>"])

    def test_many_that_are_the_same(self):
        body = "".join("10:00:00.%03d  ├ /bin/true  %d ms\n" % (i, i + 1) for i in range(300))
        text = "a@h  session h:1.abc\nx\n\n" + body + "10:00:01.000  └ id  1 ms\n"
        self.assertEqual(plain(text).split("\n")[3:], [
            "<time>  ├ /bin/true  <lasted>  (300 such lines)", "<time>  └ id  <lasted>"])


if __name__ == "__main__":
    unittest.main()
