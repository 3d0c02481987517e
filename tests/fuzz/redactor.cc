// Records of one event, a line `TYPE audit(…): …` each. Whatever they are, redaction changes
// nothing outside of secrets: an argument is what it was, but for what markers stand for; records
// of other types stay byte for byte; and the text that is left decodes to the very values that the
// rules leave.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "agent/decode/audit_record.h"
#include "agent/decode/fields.h"
#include "agent/redact/redactor.h"
#include "tests/fuzz/event_checks.h"

namespace spoor::agent {
namespace {

const RedactRules& rules() {
  static const auto loaded = load_redact_rules(shipped_redact_rules());
  CHECK(loaded.problems.empty());
  return *loaded.rules;
}

AuditEvent event_of(std::string_view lines) {
  AuditEvent event;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const size_t space = std::min(line.find(' '), line.size());
    uint16_t type = 0;
    if (!parse_number(line.substr(0, space), type)) continue;
    decode_record({type, line.substr(std::min(space + 1, line.size()))}, {}, event);
  }
  return event;
}

bool is_whole(const AuditEvent& event) {
  if (!event.exec || event.exec->argc != event.exec->args.size()) return false;
  for (const ExecArgument& arg : event.exec->args) {
    if (!arg.present || arg.cut) return false;
  }
  return std::all_of(event.records.begin(), event.records.end(),
                     [](const auto& record) { return record.parsed; });
}

std::vector<std::string> args_of(const AuditEvent& event) {
  std::vector<std::string> args;
  for (const ExecArgument& arg : event.exec->args) args.emplace_back(event.bytes(arg.value));
  return args;
}

bool is_searched(uint16_t type) {
  return type == 1309 || type == 1319 || type == 1327 || type == 1005 ||
         (type >= 1100 && type <= 1199) || (type >= 2100 && type <= 2999);
}

std::string others_of(const AuditEvent& event) {
  std::string others;
  for (const AuditEvent::Record& record : event.records) {
    if (!is_searched(record.type)) others.append(event.record_text(record)).append("\n");
  }
  return others;
}

void run(std::string_view lines) {
  AuditEvent event = event_of(lines);
  const std::string others = others_of(event), text = event.text;
  std::vector<std::string> expected;
  const bool whole = is_whole(event);
  if (whole) {
    std::vector<Argument> arguments;
    const std::vector<std::string> args = args_of(event);
    for (const std::string& arg : args) arguments.push_back({arg, false});
    Matcher matcher(rules());
    const Secrets secrets = matcher.in_arguments(arguments, executed_of(event));
    for (uint32_t i = 0; i < args.size(); ++i) {
      Secrets here;
      std::copy_if(secrets.begin(), secrets.end(), std::back_inserter(here),
                   [&](const Secret& secret) { return secret.target == i; });
      expected.push_back(matcher.blanked(args[i], here));
    }
  }
  Redactor redactor(std::shared_ptr<const RedactRules>(&rules(), [](const RedactRules*) {}));
  if (!redactor.redact(event)) {
    CHECK(event.text == text && !event.rewritten);
    if (whole) CHECK(args_of(event) == expected);
    return;
  }
  decode_again(event);
  check_event(event);
  CHECK(event.rewritten && others_of(event) == others);
  if (whole) CHECK(event.exec && args_of(event) == expected);
  if (redactor.redact(event)) decode_again(event);
  check_event(event);
}

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  spoor::agent::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
