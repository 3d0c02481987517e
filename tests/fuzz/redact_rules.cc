// A file of redaction rules: whatever the bytes are, it is rules or problems, each with its place;
// and whatever the rules are, what they find lies inside the text, in order, apart.
#include <string>
#include <string_view>
#include <vector>

#include "agent/redact/matcher.h"
#include "common/check.h"

namespace spoor::agent {
namespace {

constexpr std::string_view kLine =
    "sudo tool login -p secret --password='a b' user:word@host; A_TOKEN=x ghp_abc\r\x7f\x1b[A";

void check(std::string_view text, const Secrets& secrets) {
  size_t at = 0;
  for (const Secret& secret : secrets) {
    CHECK(secret.begin >= at && secret.begin < secret.end && secret.end <= text.size());
    at = secret.end;
  }
}

void run(std::string_view yaml) {
  const LoadedRedactRules loaded =
      load_redact_rules(std::vector<RuleFile>{{"fuzz", std::string(yaml)}});
  for (const std::string& problem : loaded.problems) {
    CHECK(problem.starts_with("fuzz:") || problem.find("redaction rules") != problem.npos);
  }
  if (!loaded.problems.empty()) return;
  Matcher matcher(*loaded.rules);
  for (const auto syntax : {CommandLine::Kind::shell, CommandLine::Kind::joined}) {
    check(kLine, matcher.in_line(kLine, TextKind::any, syntax));
  }
  check(kLine, matcher.in_typed(kLine, "tool"));
  const std::vector<Argument> arguments = {{"tool"}, {"login"}, {"-p"}, {"secret"}, {kLine, true}};
  for (const Secret& secret : matcher.in_arguments(arguments)) {
    CHECK(secret.target < arguments.size());
    check(arguments[secret.target].bytes, {secret});
  }
}

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spoor::agent::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
