#include "agent/source/audit_rules.h"

#include <libaudit.h>

#include <algorithm>
#include <cstdlib>

#include "common/files.h"

namespace spoor::agent {
namespace {

constexpr size_t kRuleFileBytesMax = 1u << 20;

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  size_t at = 0;
  while (at < line.size()) {
    const size_t start = line.find_first_not_of(" \t\r", at);
    if (start == std::string_view::npos) break;
    at = std::min(line.find_first_of(" \t\r", start), line.size());
    words.emplace_back(line.substr(start, at - start));
  }
  return words;
}

std::vector<std::string> split_commas(const std::string& text) {
  std::vector<std::string> parts;
  size_t at = 0;
  while (true) {
    const size_t comma = text.find(',', at);
    parts.push_back(text.substr(at, comma - at));
    if (comma == std::string::npos) return parts;
    at = comma + 1;
  }
}

// One line of a rule file on its way into the kernel's encoding.
class RuleLine {
 public:
  RuleLine() { rule_.data.reset(audit_rule_create_data()); }

  Status option(const std::string& name, const std::string& value) {
    if (name == "-a") return list_and_action(value);
    if (name == "-F") return field(value);
    if (name == "-S") return syscalls(value);
    if (name == "-k") return key(value);
    return invalid("unknown option " + name + "; known are -a, -F, -S and -k");
  }

  Result<AuditRule> finish(std::optional<uint32_t> only_login_uid) && {
    if (list_ < 0) return invalid("a rule needs -a LIST,ACTION");
    if (rule_.key.empty()) return invalid("a rule needs a key: -k spoor-GROUP");
    if (only_login_uid) RETURN_IF_ERROR(field("auid=" + std::to_string(*only_login_uid)));
    RETURN_IF_ERROR(append_key());
    rule_.data->flags = static_cast<uint32_t>(list_);
    rule_.data->action = static_cast<uint32_t>(action_);
    return std::move(rule_);
  }

 private:
  Status list_and_action(const std::string& value) {
    for (const std::string& word : split_commas(value)) {
      if (word == "exit") list_ = AUDIT_FILTER_EXIT;
      else if (word == "task") list_ = AUDIT_FILTER_TASK;
      else if (word == "user") list_ = AUDIT_FILTER_USER;
      else if (word == "exclude") list_ = AUDIT_FILTER_EXCLUDE;
      else if (word == "always") action_ = AUDIT_ALWAYS;
      else if (word == "never") action_ = AUDIT_NEVER;
      else return invalid("unknown list or action " + word);
    }
    if (list_ < 0 || action_ < 0) return invalid("-a wants LIST,ACTION, such as always,exit");
    return ok();
  }

  Status field(const std::string& pair) {
    if (list_ < 0) return invalid("-a LIST,ACTION must come first");
    // libaudit reallocates the rule when text is added to it.
    audit_rule_data* data = rule_.data.release();
    const int result = audit_rule_fieldpair_data(&data, pair.c_str(), list_);
    rule_.data.reset(data);
    if (result == 0) return ok();
    return invalid("libaudit refuses the field " + pair + " (code " + std::to_string(result) + ")");
  }

  Status syscalls(const std::string& names) {
    for (const std::string& name : split_commas(names)) {
      if (name == "all") return invalid("-S all slows every system call of the host; name some");
      if (audit_rule_syscallbyname_data(rule_.data.get(), name.c_str()) != 0) {
        return invalid("unknown system call " + name + " (is -F arch= before it?)");
      }
    }
    return ok();
  }

  Status key(const std::string& value) {
    if (!rule_.key.empty()) return invalid("two keys on one rule; the kernel would join them");
    const bool printable = std::all_of(value.begin(), value.end(), [](char c) {
      return c > ' ' && c < '\x7f' && c != '"';
    });
    if (!value.starts_with(kRuleKeyPrefix) || !printable ||
        value.size() > AUDIT_MAX_KEY_LEN) {
      return invalid("the key must be printable and begin with " + std::string(kRuleKeyPrefix));
    }
    rule_.key = value;
    return ok();
  }

  // By hand: libaudit allows a key only after what auditctl notes in variables of its own.
  Status append_key() {
    audit_rule_data& old = *rule_.data;
    if (old.field_count == AUDIT_MAX_FIELDS) return invalid("too many fields on one rule");
    const size_t size = sizeof old + old.buflen + rule_.key.size();
    auto* data = static_cast<audit_rule_data*>(std::realloc(rule_.data.release(), size));
    CHECK(data != nullptr);
    rule_.data.reset(data);
    const uint32_t i = data->field_count++;
    data->fields[i] = AUDIT_FILTERKEY;
    data->fieldflags[i] = AUDIT_EQUAL;
    data->values[i] = static_cast<uint32_t>(rule_.key.size());
    std::memcpy(data->buf + data->buflen, rule_.key.data(), rule_.key.size());
    data->buflen += static_cast<uint32_t>(rule_.key.size());
    return ok();
  }

  AuditRule rule_;
  int list_ = -1;
  int action_ = -1;
};

Result<AuditRule> parse_line(const std::vector<std::string>& words,
                             std::optional<uint32_t> only_login_uid) {
  RuleLine line;
  for (size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 == words.size()) return invalid(words[i] + " wants a value");
    RETURN_IF_ERROR(line.option(words[i], words[i + 1]));
  }
  return std::move(line).finish(only_login_uid);
}

// The same rule whatever memory it lies in.
bool same(const AuditRule& a, const AuditRule& b) {
  const size_t size_a = sizeof(audit_rule_data) + a.data->buflen;
  const size_t size_b = sizeof(audit_rule_data) + b.data->buflen;
  return size_a == size_b && std::memcmp(a.data.get(), b.data.get(), size_a) == 0;
}

bool contains(const std::vector<AuditRule>& rules, const AuditRule& rule) {
  return std::any_of(rules.begin(), rules.end(),
                     [&](const AuditRule& other) { return same(rule, other); });
}

}  // namespace

void parse_rules(const std::string& path, std::string_view text,
                 std::optional<uint32_t> only_login_uid, RuleSet& into) {
  int number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const std::vector<std::string> words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) continue;
    const std::string place = path + ":" + std::to_string(number);
    Result<AuditRule> rule = parse_line(words, only_login_uid);
    if (rule.is_ok()) {
      rule->source = place;
      into.rules.push_back(std::move(rule).value());
    } else {
      into.problems.push_back(place + ": " + rule.status().message());
    }
  }
}

RuleSet read_rules(const std::vector<std::string>& folders,
                   std::optional<uint32_t> only_login_uid) {
  RuleSet set;
  PosixFiles files;
  for (const std::string& folder : folders) {
    const auto names = files.list(folder);
    if (!names.is_ok()) {
      set.problems.push_back(folder + ":0: " + names.status().message());
      continue;
    }
    for (const std::string& name : *names) {
      if (!name.ends_with(".rules")) continue;
      const std::string path = folder + "/" + name;
      const auto text = read_file(files, path, kRuleFileBytesMax);
      if (text.is_ok()) parse_rules(path, *text, only_login_uid, set);
      else set.problems.push_back(path + ":0: " + text.status().message());
    }
  }
  return set;
}

Result<uint32_t> load_rules(AuditControl& control, const std::vector<AuditRule>& wanted) {
  ASSIGN_OR_RETURN(const std::vector<AuditRule> there, control.rules());
  // Added before others are removed: at no moment is less recorded than before or after.
  for (const AuditRule& rule : wanted) {
    if (!contains(there, rule)) RETURN_IF_ERROR(control.add(rule));
  }
  for (const AuditRule& rule : there) {
    if (is_our_rule(rule) && !contains(wanted, rule)) RETURN_IF_ERROR(control.remove(rule));
  }
  ASSIGN_OR_RETURN(const std::vector<AuditRule> now, control.rules());
  return static_cast<uint32_t>(std::count_if(now.begin(), now.end(), is_our_rule));
}

Result<uint32_t> remove_our_rules(AuditControl& control) {
  ASSIGN_OR_RETURN(const std::vector<AuditRule> there, control.rules());
  uint32_t removed = 0;
  for (const AuditRule& rule : there) {
    if (!is_our_rule(rule)) continue;
    RETURN_IF_ERROR(control.remove(rule));
    ++removed;
  }
  return removed;
}

}  // namespace spoor::agent
