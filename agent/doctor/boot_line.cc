#include "agent/doctor/boot_line.h"

#include <algorithm>
#include <string>
#include <vector>

#include "agent/doctor/setting_lines.h"
#include "agent/source/rule_fields.h"

namespace spoor::agent {
namespace {

// The values of a parameter, in order. Within names - and _ are the same to the kernel, quotes
// hold blanks together and are dropped, and what stands after `--` is for init.
std::vector<std::string> values_of(std::string_view line, std::string_view name) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    else if (!quoted && (c == ' ' || c == '\t' || c == '\n')) words.emplace_back();
    else words.back() += c;
  }
  std::vector<std::string> values;
  for (const std::string& word : words) {
    if (word == "--") break;
    const size_t equals = word.find('=');
    std::string found = word.substr(0, equals);
    std::replace(found.begin(), found.end(), '-', '_');
    if (found == name && equals != word.npos) values.push_back(word.substr(equals + 1));
  }
  return values;
}

}  // namespace

BootAudit boot_audit(std::string_view line) {
  BootAudit found = BootAudit::unset;
  for (const std::string& value : values_of(line, "audit")) {
    if (value == "0" || lower_case(value) == "off") return BootAudit::off;
    found = BootAudit::on;
  }
  return found;
}

std::optional<uint32_t> boot_backlog_limit(std::string_view line) {
  std::optional<uint32_t> limit;
  for (std::string_view value : values_of(line, "audit_backlog_limit")) {
    if (value.starts_with('+')) value.remove_prefix(1);  // kstrtouint()
    if (const auto number = parse_whole(value)) limit = number;
  }
  return limit;
}

}  // namespace spoor::agent
