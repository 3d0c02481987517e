"""A bad sample for every rule of tidy.py: the rule must fire on it, and no other may.

GOOD is a small tree in which nothing is wrong, full of what a careless rule would take for wrong.
"""
import os
import shutil
import subprocess
import tempfile

import tidy

HEADER = "// A thing.\n#pragma once\n\n"

GOOD = {
    "LICENSE": "Apache License\nEND OF TERMS AND CONDITIONS\n",
    "README.md": "See [the hacking page](docs/HACKING.md).\n",
    "docs/HACKING.md": "How to.\n",
    "common/thing.h": HEADER + "// a new throw, `delete x`, system(1), time(nullptr)\n"
                      "struct Thing {\n  Thing(const Thing&) = delete;\n};\n",
    "common/thing.cc": '#include "common/thing.h"\n\n#include <new>\n\n'
                       'const char* k = "new throw // assert(x) /* ";\n'
                       "static constexpr int kLimit = 1'000'000;\n"
                       "static int helper();\n"
                       "int many[] = {\n" + "    1,\n" * 90 + "};\n"
                       "class Big {\n" + "  int field_;\n" * 90 + "};\n"
                       "auto p = std::unique_ptr<Thing>(new Thing);\n"
                       "int f() {\n" + "  g();\n" * 60 + "}\n",
    "tests/unit/common/thing_test.cc": "TEST(Thing, Works) { EXPECT_TRUE(true); }\n",
    "agent/main.cc": '#include "agent/agent.h"\n\nint main() { printf("x"); std::cerr << "x"; }\n',
    "agent/agent.h": HEADER + '#include "agent/source/a.h"\n',
    "agent/source/a.h": HEADER + '#include "agent/model.h"\n#include "common/thing.h"\n',
    "agent/model.h": HEADER + '#include "common/thing.h"\n',
    "agent/encode/e.h": HEADER + '#include "spoor/v1/event.pb.h"\n',
    "collector/query/q.h": HEADER + '#include "collector/index/i.h"\n',
    "collector/index/i.h": HEADER + '#include "collector/blocks/b.h"\n',
    "collector/blocks/b.h": HEADER,
    "tests/golden/records/a.rec": "ends with a space \n",
    "tests/tidy/exceptions.txt": "count 0\n",
}


def cc(folder, body, own=False):
    """A .cc with its mirror test, so that only what is meant fires."""
    return {folder + "/bad.cc": body,
            "tests/unit/%s/bad_test.cc" % folder: "TEST(Bad, Is) { EXPECT_TRUE(1); }\n"}


def header(folder, body):
    return {folder + "/bad.h": HEADER + body}


def function(lines):
    return "int f(int a,\n      int b) const noexcept {\n" + "  g();\n" * lines + "}\n"


SAMPLES = (
    ("layer", header("common", '#include "agent/model.h"\n')),
    ("layer", header("common", "#include <google/protobuf/message.h>\n")),
    ("layer", header("proto", '#include "spoor/v1/event.pb.h"\n')),
    ("layer", header("collector/log", '#include "proto/json.h"\n')),
    ("layer", header("agent/source", '#include "agent/decode/d.h"\n')),
    ("layer", header("agent/spool", '#include "spoor/v1/event.pb.h"\n')),
    ("layer", cc("agent/encode", "#include <grpcpp/grpcpp.h>\n")),
    ("layer", header("agent/uplink", '#include "agent/spool/spool.h"\n')),
    ("layer", {"agent/agent.h": HEADER + '#include "agent/uplink/uplink.h"\n'}),
    ("layer", {"agent/agent.h": HEADER + '#include "collector/log/log.h"\n'}),
    ("layer", {"agent/model.h": HEADER + '#include "agent/source/a.h"\n'}),
    ("layer", header("collector/follow", '#include "collector/index/i.h"\n')),
    ("layer", header("collector/blocks", '#include "collector/index/i.h"\n')),
    ("layer", header("collector/detect", '#include "collector/blocks/b.h"\n')),
    ("layer", cc("collector/log", '#include "spoor/v1/uplink.grpc.pb.h"\n')),
    ("layer", header("collector/cli", '#include "collector/index/i.h"\n')),
    ("layer", header("collector/language", '#include "collector/index/i.h"\n')),
    ("layer", header("collector/receive", '#include "collector/log/log.h"\n')),
    ("layer", {"collector/collector.h": HEADER + '#include "agent/agent.h"\n'}),
    ("grpc-header", header("collector/receive", "#include <grpcpp/server.h>\n")),
    ("columns", header("common", "// " + "x" * 98 + "\n")),
    ("file-lines", header("common", "// line\n" * 200)),
    ("file-lines", cc("common", "// line\n" * 801)),
    ("function-lines", cc("common", "namespace spoor {\n" + function(70) + "}\n")),
    ("function-lines", cc("common", "struct S {\n  int x = 1;\n" + function(70) + "};\n")),
    ("function-lines", cc("common", "S::S() : a_(1), b_{2} {\n" + "  g();\n" * 70 + "}\n")),
    ("unbounded", cc("common", "void f() { strcpy(a, b); }\n")),
    ("shell", cc("agent/source", "void f() { system(a); }\n")),
    ("shell", cc("agent/spool", "void f() { if (fork() == 0) g(); }\n")),
    ("random", cc("common", "int f() { return rand(); }\n")),
    ("sleep", cc("agent/spool", "void f() { usleep(5); }\n")),
    ("time", cc("common", "auto f() { return time(nullptr); }\n")),
    ("time", cc("common", "auto f() { return std::chrono::system_clock::now(); }\n")),
    ("local-time", cc("common", "auto f() { return localtime(&t); }\n")),
    ("cout", cc("common", "void f() { std::cout << 1; }\n")),
    ("printf", cc("agent/source", 'void f() { printf("x"); }\n')),
    ("assert", cc("common", "void f() { assert(x); }\n")),
    ("throw", cc("common", "void f() { throw 1; }\n")),
    ("new", cc("common", "auto* p = new Thing;\n")),
    ("delete", cc("common", "void f() { delete p; }\n")),
    ("nss", cc("agent/source", "void f() { getpwuid_r(1, a, b, c, d); }\n")),
    ("using", header("common", "using namespace std;\n")),
    ("singleton", cc("common", "int f() {\n  static int count = 0;\n}\n")),
    ("opening", {"common/bad.h": "#pragma once\n"}),
    ("pragma-once", {"common/bad.h": "// A thing.\n"}),
    ("own-header", {**cc("common", '#include <string>\n#include "common/bad.h"\n'),
                    **header("common", "")}),
    ("file-name", {"common/BadName.h": HEADER}),
    ("untested", {"common/bad.cc": "int x;\n"}),
    ("mirror", {"tests/unit/common/gone_test.cc": "TEST(Gone, Is) { EXPECT_TRUE(1); }\n"}),
    ("mark", {"docs/bad.md": "TO" "DO: later\n"}),
    ("machine-path", {"docs/bad.md": "in /wo" "rk/main\n"}),
    ("trailing-space", {"docs/bad.md": "word \n"}),
    ("tab", header("common", "\tint x;\n")),
    ("last-newline", {"docs/bad.md": "word"}),
    ("link", {"docs/bad.md": "[there](nowhere.md)\n"}),
    ("top-level", {"extra/file.md": "x\n"}),
    ("license", {"LICENSE": "Apache License\n"}),
    ("exceptions", {"tests/tidy/exceptions.txt": "count 1\n"}),
    ("exceptions", {"tests/tidy/exceptions.txt": "count 1\nuntested common/gone.cc: was hard\n"}),
    ("median-lines", {"common/long%d.h" % i: HEADER + "// line\n" * 160 for i in range(12)}),
)


def write(tree, files):
    for path, text in files.items():
        full = os.path.join(tree, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as file:
            file.write(text)


def judge(files):
    tree = tempfile.mkdtemp(prefix="spoor-tidy-")
    try:
        write(tree, files)
        return tidy.findings_in(tree)[0]
    finally:
        shutil.rmtree(tree)


def growing_list_is_found():
    """A list that grew against the commit before is a finding, also once it is committed."""
    tree = tempfile.mkdtemp(prefix="spoor-tidy-")

    def git(*args):
        subprocess.run(["git", "-C", tree, "-c", "user.name=t", "-c", "user.email=t@t"]
                       + list(args), check=True, capture_output=True)
    try:
        write(tree, GOOD)
        git("init", "-q")
        git("add", "-A")
        git("commit", "-qm", "before")
        grown = "count 1\nuntested common/bad.cc: new\n"
        write(tree, {"common/bad.cc": "int x;\n", tidy.EXCEPTIONS: grown})
        before = [f[2] for f in tidy.findings_in(tree)[0]]
        git("add", "-A")
        git("commit", "-qm", "grown")
        after = [f[2] for f in tidy.findings_in(tree)[0]]
        return before == after == ["exceptions"]
    finally:
        shutil.rmtree(tree)


def run():
    """What is wrong with tidy itself, in words; empty: nothing."""
    wrong = ["good tree: %s:%d: %s: %s" % finding for finding in judge(GOOD)]
    for number, (rule, files) in enumerate(SAMPLES, 1):
        fired = {finding[2] for finding in judge({**GOOD, **files})}
        if fired != {rule}:
            wrong.append("sample %d should fire %s, fired %s" % (number, rule, sorted(fired)))
    known = {rule for rule, *_ in tidy.BANNED}
    wrong += ["no sample for " + rule for rule in sorted(known - {s[0] for s in SAMPLES})]
    if not growing_list_is_found():
        wrong.append("a growing list of exceptions was not found")
    return wrong
