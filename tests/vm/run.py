#!/usr/bin/env python3
"""make vm-test: what cannot be done on a shared machine. run.py BINARIES FOLDER [SCENARIO…]

Each scenario is a shell script for the guest (scenarios/NAME.sh) and a function NAME of checks.py
that judges what it kept. FOLDER keeps what was fetched, the image, and what each scenario left.
"""
import inspect
import os
import sys
import time

import checks
import image
import machine
import packages


def say(text):
    print(text, flush=True)


def scenarios():
    """{name: (its check, how to boot it)}, in the order of checks.py."""
    return {name: (check, check.boot) for name, check in inspect.getmembers(
        checks, lambda member: hasattr(member, "boot"))}


def prepare(binaries, folder):
    """(kernel, initramfs), fetched and built as far as they are not there."""
    say("Preparing Debian's kernel and an initramfs in %s" % folder)
    unpacked = packages.fetch(os.path.join(folder, "packages"))
    boot = os.path.join(unpacked["kernel"], "boot")
    kernel = next(name for name in os.listdir(boot) if name.startswith("vmlinuz-"))
    initramfs = os.path.join(folder, "initramfs")
    image.build(initramfs, unpacked, binaries, os.path.join(folder, "stripped"))
    say("  %s, initramfs of %d MB" % (kernel, os.path.getsize(initramfs) >> 20))
    return os.path.join(boot, kernel), initramfs


def run_one(name, check, boot, kernel, initramfs, binaries, folder):
    """What is wrong; None: nothing is."""
    place = os.path.join(folder, name)
    try:
        result = machine.run(kernel, initramfs, name, place, **boot)
        if result.code != 0:
            return "the scenario ended with %d:\n%s" % (
                result.code, machine.tail(os.path.join(place, "console")))
        check(checks.Kept(result, binaries))
    except (machine.Silent, checks.Wrong) as error:
        return str(error)
    except (OSError, KeyError, ValueError, IndexError) as error:
        return "%s: %s" % (type(error).__name__, error)
    return None


def main():
    binaries, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    known = scenarios()
    wanted = sys.argv[3:] or list(known)
    for name in wanted:
        if name not in known:
            say("There is no scenario %s; known are: %s" % (name, ", ".join(known)))
            return 2
    try:
        kernel, initramfs = prepare(binaries, folder)
    except packages.Missing as error:
        say("FAILED: %s" % error)
        return 1
    failed = []
    for name in wanted:
        check, boot = known[name]
        say("%s: %s" % (name, inspect.getdoc(check)))
        started = time.monotonic()
        wrong = run_one(name, check, boot, kernel, initramfs, binaries, folder)
        say("  %s, %d s" % ("ok" if wrong is None else "FAILED", time.monotonic() - started))
        if wrong is not None:
            failed.append(name)
            say(wrong)
            say("  all of it is in %s" % os.path.join(folder, name))
    say("%d of %d scenarios as they must be" % (len(wanted) - len(failed), len(wanted)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
