// Keeps rules as the agent does, a step at a time: spoor-test-rules LOGIN_UID FILE...
// Each line of standard input is a check; what it found is a line of standard output. At the end of
// the input our rules are removed.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "agent/rule_keeper.h"
#include "agent/rule_settings.h"
#include "common/clock.h"

namespace spoor::agent {
namespace {

int fail(const Status& status) {
  std::fprintf(stderr, "spoor-test-rules: %s\n", status.message().c_str());
  return 1;
}

int main(int argc, char** argv) {
  if (argc < 3) return fail(invalid("usage: spoor-test-rules LOGIN_UID FILE..."));
  Config config;
  config.rules_only_login_uid = static_cast<uint32_t>(std::atoi(argv[1]));
  RuleSet set = check_rule_files({argv + 2, argv + argc}, config);
  if (!set.problems.empty()) return fail(invalid(set.problems[0]));
  auto control = AuditControl::open();
  if (!control.is_ok()) return fail(control.status());
  RuleKeeper keeper(std::move(set.rules), *control);
  const SystemClock clock;
  std::string line;
  while (std::getline(std::cin, line)) {
    const RuleReport report = keeper.check(clock.now());
    std::printf("%u rules, %u changed: %s\n", report.rules, report.changed,
                describe(report).c_str());
    std::fflush(stdout);
  }
  const auto removed = remove_our_rules(*control);
  return removed.is_ok() ? 0 : fail(removed.status());
}

}  // namespace
}  // namespace spoor::agent

int main(int argc, char** argv) { return spoor::agent::main(argc, argv); }
