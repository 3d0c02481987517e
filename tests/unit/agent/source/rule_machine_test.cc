#include "agent/source/rule_machine.h"

#include <gtest/gtest.h>
#include <libaudit.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "agent/source/audit_rules.h"
#include "agent/source/rule_text.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

RuleSet parse(const std::string& text, int machine) {
  RuleSet set;
  parse_rules("f", text, {.machine = RuleMachine::of(machine)}, set);
  return set;
}
using Lines = std::vector<std::string>;

TEST(RuleMachineTest, TablesOfAMachine) {
  EXPECT_GE(RuleMachine::host().own, 0) << "the tests run where libaudit knows the machine";
  EXPECT_EQ(RuleMachine::of(MACH_86_64).b32, std::optional<int>(MACH_X86));
  EXPECT_FALSE(RuleMachine::of(MACH_PPC64LE).b32);
  EXPECT_FALSE(RuleMachine::of(MACH_X86).b64);
  EXPECT_TRUE(RuleMachine::of(MACH_AARCH64).runs(MACH_ARM));
  EXPECT_FALSE(RuleMachine::of(MACH_AARCH64).runs(MACH_X86));
  EXPECT_EQ(machine_name(MACH_ARM), "arm");
  EXPECT_TRUE(is_call_anywhere("open"));
  EXPECT_FALSE(is_call_anywhere("nosuchcall"));
}

TEST(RuleMachineTest, ACallThatTheMachineHasNotIsLeftOut) {
  const RuleSet set =
      parse("-a always,exit -F arch=b64 -S open,openat,creat -k spoor-x\n", MACH_AARCH64);
  EXPECT_TRUE(set.problems.empty());
  ASSERT_EQ(set.rules.size(), 1u);
  EXPECT_EQ(auditctl_line(set.rules[0]), "-a always,exit -F arch=b64 -S openat -F key=spoor-x");
  EXPECT_EQ(set.notes, Lines{"f:1: left out, not there on aarch64: open, creat"});
}

TEST(RuleMachineTest, ARuleWithoutACallOfTheMachineIsLeftOutWhole) {
  const std::string rule = "always,exit -F arch=b64 -S open,creat -k spoor-x\n";
  const RuleSet set = parse("-a " + rule + "-d " + rule, MACH_AARCH64);
  EXPECT_TRUE(set.problems.empty()) << "what removes it finds it left out, too";
  EXPECT_TRUE(set.rules.empty());
  const std::string why = "rule left out: none of its calls is there on aarch64 (open, creat)";
  EXPECT_EQ(set.notes, (Lines{"f:1: " + why, "f:2: " + why}));
}

TEST(RuleMachineTest, ARuleAboutProgramsThatTheMachineDoesNotRunIsLeftOutWhole) {
  const std::string b32 = "-a always,exit -F arch=b32 -S open -k spoor-x\n";
  EXPECT_EQ(parse(b32, MACH_PPC64LE).notes,
            Lines{"f:1: rule left out: ppc64le runs no programs of arch=b32"});
  EXPECT_EQ(parse("-a always,exit -F arch=i386 -S 283 -k spoor-x\n", MACH_AARCH64).notes,
            Lines{"f:1: rule left out: aarch64 runs no programs of arch=i386"});
  EXPECT_EQ(parse("-a always,exit -F arch=b64 -S open -k spoor-x\n", MACH_X86).notes,
            Lines{"f:1: rule left out: i386 runs no programs of arch=b64"});
  for (const int machine : {MACH_86_64, MACH_AARCH64, MACH_X86, MACH_ARM, MACH_S390X}) {
    EXPECT_EQ(parse(b32, machine).rules.size(), 1u) << machine_name(machine);
  }
  const RuleSet others = parse("-a always,exit -F arch!=b32 -S open -k spoor-x\n", MACH_PPC64LE);
  ASSERT_EQ(others.rules.size(), 1u) << "it is true of every program there";
  EXPECT_TRUE(others.problems.empty());
}

TEST(RuleMachineTest, WhatNoMachineKnowsStaysAProblem) {
  for (const char* rule :
       {"-a always,exit -F arch=b64 -S nosuchcall -k spoor-x",
        "-a always,exit -F arch=b32 -S nosuchcall -k spoor-x",
        "-a always,exit -F arch=pdp11 -S open -k spoor-x", "-a always,exit -F arch=b32 -S open",
        "-a always,exit -F arch=b32 -S open -F nonsense=1 -k spoor-x"}) {
    for (const int machine : {MACH_86_64, MACH_AARCH64, MACH_PPC64LE, MACH_X86}) {
      const RuleSet set = parse(rule, machine);
      EXPECT_EQ(set.problems.size(), 1u) << rule << " on " << machine_name(machine);
      EXPECT_TRUE(set.notes.empty());
    }
  }
}

// A machine that libaudit has no table of: no rule with calls may seem to be loaded.
TEST(RuleMachineTest, AMachineThatIsNotKnownIsAProblem) {
  EXPECT_EQ(parse("-a always,exit -F arch=b64 -S open -k spoor-x\n"
                  "-a always,exit -S open -F uid=0 -k spoor-x\n",
                  -1)
                .problems.size(),
            2u);
}

// What is left out of all shipped rules on a machine: "aarch64: " and calls, in the order of names;
// and whole rules, for their file and for why.
std::set<std::string> left_out(const RuleSet& set) {
  std::map<std::string, std::set<std::string>> calls;
  std::set<std::string> told;
  for (const std::string& note : set.notes) {
    std::smatch parts;
    if (std::regex_match(note, parts, std::regex(".*: left out, not there on (.*): (.*)"))) {
      std::istringstream names(parts[2]);
      for (std::string name; std::getline(names >> std::ws, name, ',');) {
        calls[parts[1]].insert(name);
      }
    } else if (std::regex_match(note, parts, std::regex(".*: rule left out: (.* runs no .*)"))) {
      told.insert(parts[1]);
    } else if (std::regex_match(note, parts, std::regex(".*/audit/(.*):\\d+: (rule left .*)"))) {
      told.insert(std::string(parts[1]) + ": " + std::string(parts[2]));
    } else {
      ADD_FAILURE() << note;
    }
  }
  for (const auto& [table, names] : calls) {
    std::string line = table + ":";
    for (const std::string& name : names) line += " " + name;
    told.insert(line);
  }
  return told;
}

// Read off libaudit 3.0.9. s390x has no accept, and
// libaudit calls perf_event_open of ppc by the name it had before.
const std::map<int, std::set<std::string>> kLeftOut = {
    {MACH_86_64,
     {"light/50-kernel.rules: rule left out: none of its calls is there on i386 (kexec_load, "
      "kexec_file_load)"}},
    {MACH_X86,
     {"i386 runs no programs of arch=b64",
      "light/50-kernel.rules: rule left out: none of its calls is there on i386 (kexec_load, "
      "kexec_file_load)"}},
    {MACH_AARCH64,
     {"aarch64 runs no programs of arch=i386",
      "aarch64: chmod chown creat lchown link mkdir mknod open rename rmdir symlink unlink"}},
    {MACH_ARM, {"arm runs no programs of arch=b64", "arm runs no programs of arch=i386"}},
    {MACH_PPC64LE,
     {"ppc64le runs no programs of arch=b32", "ppc64le runs no programs of arch=i386",
      "ppc64le: perf_event_open"}},
    {MACH_PPC64,
     {"ppc64 runs no programs of arch=i386", "ppc64: perf_event_open",
      "ppc: chown32 fchown32 lchown32 perf_event_open setgid32 setgroups32 setregid32 setresgid32 "
      "setresuid32 setreuid32 setuid32"}},
    {MACH_S390X,
     {"s390x runs no programs of arch=i386", "s390: clock_adjtime64 clock_settime64",
      "s390x: accept"}},
};

TEST(RuleMachineTest, ShippedRulesFitEveryMachine) {
  for (const auto& [machine, expected] : kLeftOut) {
    SCOPED_TRACE(machine_name(machine));
    const RuleSet set = read_rules({.folders = {in_source("rules/audit")},
                                    .profile = "strict",
                                    .unattended = true,
                                    .machine = RuleMachine::of(machine)});
    EXPECT_EQ(set.problems, Lines{});
    EXPECT_EQ(left_out(set), expected);
    EXPECT_GT(set.rules.size(), 60u);
    std::set<std::string> groups;
    for (const AuditRule& rule : set.rules) groups.insert(rule.key);
    EXPECT_EQ(groups.size(), 20u) << "none is empty anywhere";
  }
}

}  // namespace
}  // namespace spoor::agent
