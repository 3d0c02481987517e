#include "agent/source/rule_line.h"

#include <libaudit.h>
#include <sys/stat.h>

#include <algorithm>

#include "agent/limits.h"
#include "agent/source/uring_ops.h"

namespace spoor::agent {
namespace {

// Words parted by spaces or tabs, with auditctl's two escapes.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  for (size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    const bool escaped = c == '\\' && i + 1 < line.size() &&
                         (line[i + 1] == ' ' || line[i + 1] == '\\');
    if (escaped) c = line[++i];
    if (!escaped && (c == ' ' || c == '\t')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    words.back() += c;
  }
  return words;
}

std::vector<std::string_view> split_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t comma = std::min(text.find(','), text.size());
    parts.push_back(text.substr(0, comma));
    if (comma == text.size()) return parts;
    text.remove_prefix(comma + 1);
  }
}

struct Option {
  std::string name;  // `-a`, `--reset-lost`
  std::optional<std::string> value;
};

constexpr std::string_view kWithValue = "aAdwWpSFCkbfre";
constexpr std::string_view kWithoutValue = "Dci";
// Known to auditctl, and not for a file of rules.
constexpr std::string_view kOnlyInteractive = "hlmqRstv";

Status check_known(char letter) {
  const std::string name = {'-', letter};
  if (kWithValue.find(letter) != std::string_view::npos ||
      kWithoutValue.find(letter) != std::string_view::npos) return ok();
  if (kOnlyInteractive.find(letter) != std::string_view::npos) {
    return invalid(name + " is for auditctl on the command line, not for a file of rules");
  }
  return invalid("there is no option " + name + "; audit.rules(7) tells what a line may hold");
}

// As getopt_long(3): a value follows, or hangs on a short option, or on a long one after =.
Result<std::vector<Option>> options_of(const std::vector<std::string>& words) {
  std::vector<Option> options;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() < 2 || word[0] != '-') {
      return invalid(
          "the word " + word + " belongs to no option" +
          (word.find('"') == std::string::npos && word.find('\'') == std::string::npos
               ? ""
               : "; there are no quotes in rule files, write a space as \\ and a space"));
    }
    const bool is_long = word[1] == '-';
    const size_t end = is_long ? std::min(word.find('='), word.size()) : 2;
    Option option{word.substr(0, end), std::nullopt};
    if (!is_long) RETURN_IF_ERROR(check_known(word[1]));
    const bool takes_value = is_long ? option.name == "--backlog_wait_time"
                                     : kWithValue.find(word[1]) != std::string_view::npos;
    if (end < word.size()) option.value = word.substr(is_long ? end + 1 : end);
    else if (takes_value && i + 1 < words.size()) option.value = words[++i];
    if (takes_value && (!option.value || option.value->empty())) {
      return invalid(option.name + " wants a value");
    }
    if (!takes_value && option.value) return invalid(option.name + " takes no value: " + word);
    options.push_back(std::move(option));
  }
  return options;
}

// Collects what the options of one line say.
class LineReader {
 public:
  LineReader(const std::string& place, const RuleContext& context)
      : place_(place), context_(context) {}

  Status option(const Option& option);
  Result<RuleLine> finish() &&;

 private:
  enum class Form : uint8_t { none, syscall, watch, remove_all };

  Status start(Form form, RuleLine::Kind kind);
  Status list_and_action(const std::string& value, bool prepend);
  Status watch(std::string path);
  Status permissions(const std::string& letters);
  Status syscalls(const std::string& names);
  Status syscall(const std::string& name);
  Status call_of_machine(const std::string& name);
  Status add_call(uint32_t number, const std::string& name);
  Status field(const std::string& text);
  Status key(const std::string& value);
  Status setting(std::optional<RuleSetting>& target, const Option& option, uint32_t greatest);
  Status flag(std::optional<RuleSetting>& target);
  Status long_option(const Option& option);
  Status check_rule() const;
  uint32_t own_filters() const;
  void leave_out(RuleLine& line) const;

  const std::string& place_;
  const RuleContext& context_;
  RuleLine line_;
  RuleBuilder rule_;
  Form form_ = Form::none;
  bool has_settings_ = false, has_syscalls_ = false;
  std::string key_;
  std::string elsewhere_;  // why the rule could never match on this machine
  std::string absent_;     // its calls that the machine has not,
  std::string table_;      // in this table
};

Status LineReader::option(const Option& option) {
  const auto& [name, value] = option;
  if (name.starts_with("--")) return long_option(option);
  switch (name[1]) {
    case 'a': return list_and_action(*value, false);
    case 'A': return list_and_action(*value, true);
    case 'd':
      RETURN_IF_ERROR(list_and_action(*value, false));
      line_.kind = RuleLine::Kind::remove;
      return ok();
    case 'w': return watch(*value);
    case 'W':
      RETURN_IF_ERROR(watch(*value));
      line_.kind = RuleLine::Kind::remove;
      return ok();
    case 'D': return start(Form::remove_all, RuleLine::Kind::remove_all);
    case 'p': return permissions(*value);
    case 'S': return syscalls(*value);
    case 'F':
      if (form_ != Form::syscall) return invalid("-F comes after -a LIST,ACTION");
      if (value->starts_with("key=")) return key(value->substr(4));
      return field(*value);
    case 'C':
      if (form_ != Form::syscall) return invalid("-C comes after -a LIST,ACTION");
      return add_comparison(*value, rule_);
    case 'k': return key(*value);
    case 'b': return setting(line_.settings.backlog_limit, option, UINT32_MAX);
    case 'f': return setting(line_.settings.failure, option, 2);
    case 'r': return setting(line_.settings.rate_limit, option, UINT32_MAX);
    case 'e':
      RETURN_IF_ERROR(setting(line_.settings.enabled, option, 2));
      return line_.settings.enabled->value > 0
                 ? ok()
                 : invalid("-e 0 would switch off what Spoor records; stop spoor-agent and run "
                           "spoor-agent cleanup instead");
    default: return flag(line_.settings.keep_going);  // -c, -i
  }
}

Status LineReader::long_option(const Option& option) {
  if (option.name == "--backlog_wait_time") {
    return setting(line_.settings.backlog_wait_time, option, UINT32_MAX);
  }
  if (option.name == "--loginuid-immutable") return flag(line_.settings.loginuid_immutable);
  if (option.name == "--reset-lost") return flag(line_.settings.reset_lost);
  if (option.name == "--reset_backlog_wait_time_actual") {
    return flag(line_.settings.reset_backlog_wait);
  }
  return invalid("there is no option " + option.name +
                 "; audit.rules(7) tells what a line may hold");
}

Status LineReader::flag(std::optional<RuleSetting>& target) {
  has_settings_ = true;
  target = RuleSetting{1, place_};
  return ok();
}

Status LineReader::setting(std::optional<RuleSetting>& target, const Option& option,
                           uint32_t greatest) {
  const auto number = parse_whole(*option.value);
  if (!number || *number > greatest) {
    return invalid(option.name + " wants a number" +
                   (greatest == UINT32_MAX ? "" : " from 0 to " + std::to_string(greatest)) +
                   ", not " + *option.value);
  }
  has_settings_ = true;
  target = RuleSetting{*number, place_};
  return ok();
}

Status LineReader::start(Form form, RuleLine::Kind kind) {
  if (form_ != Form::none) return invalid("one rule a line: -a, -A, -d, -D, -w or -W, once");
  form_ = form;
  line_.kind = kind;
  return ok();
}

Status LineReader::list_and_action(const std::string& value, bool prepend) {
  RETURN_IF_ERROR(start(Form::syscall, RuleLine::Kind::add));
  struct Word {
    std::string_view word;
    uint32_t value;
  };
  static constexpr std::array<Word, 6> kLists = {{{"task", AUDIT_FILTER_TASK},
                                                  {"exit", AUDIT_FILTER_EXIT},
                                                  {"user", AUDIT_FILTER_USER},
                                                  {"exclude", AUDIT_FILTER_EXCLUDE},
                                                  {"filesystem", AUDIT_FILTER_FS},
                                                  {"io_uring", AUDIT_FILTER_URING_EXIT}}};
  std::optional<uint32_t> list, action;
  for (const std::string_view word : split_commas(value)) {
    const auto known = std::find_if(kLists.begin(), kLists.end(),
                                    [&](const Word& w) { return w.word == word; });
    if (word == "entry") {
      return invalid("the list entry is gone from the kernel since 2.6.34: use exit");
    }
    if (word == "possible") return invalid("the action possible is gone: use always");
    std::optional<uint32_t>& target = known != kLists.end() ? list : action;
    if (target) return invalid("-a wants one list and one action, not " + value);
    if (known != kLists.end()) list = known->value;
    else if (word == "always") action = AUDIT_ALWAYS;
    else if (word == "never") action = AUDIT_NEVER;
    else return invalid("there is no list or action " + std::string(word) +
                        "; lists are task, exit, user, exclude, filesystem and io_uring, actions "
                        "always and never");
  }
  if (!list || !action) return invalid("-a wants LIST,ACTION, such as always,exit");
  rule_.set_list(*list, prepend);
  rule_.set_action(*action);
  return ok();
}

Status LineReader::watch(std::string path) {
  RETURN_IF_ERROR(start(Form::watch, RuleLine::Kind::add));
  RETURN_IF_ERROR(check_path(path));
  // What it is decides; where there is nothing, the name tells: /etc/cron.d/ is a folder.
  struct stat found {};
  const bool exists = stat(path.c_str(), &found) == 0;
  const bool is_folder = exists ? S_ISDIR(found.st_mode) : path.ends_with('/');
  while (path.ends_with('/')) path.pop_back();
  rule_.set_list(AUDIT_FILTER_EXIT, false);
  rule_.set_action(AUDIT_ALWAYS);
  rule_.add_all_syscalls();
  has_syscalls_ = true;
  RETURN_IF_ERROR(rule_.add_text(is_folder ? AUDIT_DIR : AUDIT_WATCH, AUDIT_EQUAL, path));
  return rule_.add_number(AUDIT_PERM, AUDIT_EQUAL,
                          AUDIT_PERM_READ | AUDIT_PERM_WRITE | AUDIT_PERM_EXEC | AUDIT_PERM_ATTR);
}

Status LineReader::permissions(const std::string& letters) {
  if (form_ != Form::watch) {
    return invalid("-p comes after -w PATH; in a rule with -a it is -F perm=");
  }
  ASSIGN_OR_RETURN(const uint32_t value, parse_permissions(letters));
  rule_.replace_value(AUDIT_PERM, value);
  return ok();
}

Status LineReader::syscalls(const std::string& names) {
  if (form_ != Form::syscall) return invalid("-S comes after -a LIST,ACTION");
  const uint32_t list = rule_.list();
  if (list != AUDIT_FILTER_EXIT && list != AUDIT_FILTER_URING_EXIT) {
    return invalid("-S is for the lists exit and io_uring: the others know no system call");
  }
  has_syscalls_ = true;
  for (const std::string_view name : split_commas(names)) {
    RETURN_IF_ERROR(syscall(std::string(name)));
  }
  return ok();
}

Status LineReader::syscall(const std::string& name) {
  if (name == "all") {
    rule_.add_all_syscalls();
    return ok();
  }
  if (rule_.list() != AUDIT_FILTER_URING_EXIT) return call_of_machine(name);
  std::optional<uint32_t> number = parse_whole(name);
  if (!number) number = find_uring_op(name);
  if (!number) return invalid("audit knows no io_uring operation " + name);
  return add_call(*number, name);
}

Status LineReader::call_of_machine(const std::string& name) {
  std::optional<uint32_t> number = parse_whole(name);
  if (!elsewhere_.empty() && (number || is_call_anywhere(name))) return ok();
  uint32_t elf = 0;
  for (const RuleField& field : fields_of(rule_.data())) {
    if (field.field == AUDIT_ARCH && field.op == AUDIT_EQUAL) elf = field.value;
  }
  const int machine = elf == 0 ? context_.machine.own : audit_elf_to_machine(elf);
  const int found = number || machine < 0 ? -1 : audit_name_to_syscall(name.c_str(), machine);
  if (found >= 0) number = static_cast<uint32_t>(found);
  if (!number && machine >= 0 && is_call_anywhere(name)) {
    absent_ += (absent_.empty() ? "" : ", ") + name;
    table_ = machine_name(machine);
    return ok();
  }
  if (!number) {
    return invalid("there is no system call " + name + " on " + machine_name(machine) +
                   "; ausyscall --dump lists them, and a new one can be given as number");
  }
  // A number without arch means another call in the other table.
  const std::optional<int> other = context_.machine.b32;
  if (elf == 0 && other && *other != machine &&
      audit_name_to_syscall(name.c_str(), *other) != found) {
    return invalid("-S " + name +
                   " without -F arch= would record another call of 32-bit "
                   "programs: write two rules, one with arch=b64, one with arch=b32");
  }
  return add_call(*number, name);
}

Status LineReader::add_call(uint32_t number, const std::string& name) {
  return rule_.add_syscall(number) ? ok() : invalid("a rule holds calls up to 2031, not " + name);
}

Status LineReader::field(const std::string& text) {
  Status added = add_field(text, context_.accounts, context_.machine, rule_);
  if (added.code() != Code::unavailable) return added;
  elsewhere_ = added.message();
  return ok();
}

Status LineReader::key(const std::string& value) {
  if (form_ == Form::remove_all) {
    line_.key_part = value;
    return ok();
  }
  if (!key_.empty()) {
    return invalid("two keys on one rule: the kernel would write them as hex on every record");
  }
  const bool printable = std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < '\x7f' && c != '"';
  });
  if (!printable || !value.starts_with(kRuleKeyPrefix) || value.size() == kRuleKeyPrefix.size()) {
    return invalid("the key " + value + " must be printable and begin with " +
                   std::string(kRuleKeyPrefix) + ", by which a rule is known as ours");
  }
  if (value.size() > AUDIT_MAX_KEY_LEN) {
    return invalid("a key of " + std::to_string(value.size()) + " bytes; the kernel takes " +
                   std::to_string(AUDIT_MAX_KEY_LEN));
  }
  key_ = value;
  return ok();
}

uint32_t LineReader::own_filters() const {
  uint32_t count = 0;
  for (const RuleField& field : fields_of(rule_.data())) count += field.field != AUDIT_ARCH;
  return count;
}

// What the kernel would take and nobody wants.
Status LineReader::check_rule() const {
  const uint32_t list = rule_.list();
  if (list == AUDIT_FILTER_FS && own_filters() == 0) {
    return invalid("the list filesystem wants -F fstype=");
  }
  if ((list == AUDIT_FILTER_TASK || list == AUDIT_FILTER_EXCLUDE || list == AUDIT_FILTER_USER) &&
      own_filters() == 0) {
    return invalid("a rule of this list without any -F is about everything: it would switch audit "
                   "off or say all twice");
  }
  const bool is_call_list = list == AUDIT_FILTER_EXIT || list == AUDIT_FILTER_URING_EXIT;
  if (is_call_list && has_all_syscalls(rule_.data()) && own_filters() == 0) {
    return invalid("-S all (or no -S) without any -F is about every system call of the host: name "
                   "calls, or say whose or on what");
  }
  if (key_.empty()) {
    return invalid("a rule needs a key: -k " + std::string(kRuleKeyPrefix) + "GROUP");
  }
  return ok();
}

// The rules are the same on every machine; what this one has not is no problem of theirs.
void LineReader::leave_out(RuleLine& line) const {
  if (!elsewhere_.empty()) {
    line.note = "rule left out: " + elsewhere_;
  } else if (!absent_.empty() && count_syscalls(rule_.data()) == 0) {
    line.note = "rule left out: none of its calls is there on " + table_ + " (" + absent_ + ")";
  } else {
    if (!absent_.empty()) line.note = "left out, not there on " + table_ + ": " + absent_;
    return;
  }
  line.kind = RuleLine::Kind::nothing;
}

Result<RuleLine> LineReader::finish() && {
  if (form_ == Form::none) {
    if (!key_.empty()) return invalid("-k comes with a rule: -a LIST,ACTION or -w PATH");
    line_.kind = RuleLine::Kind::settings;
    return std::move(line_);
  }
  if (has_settings_) return invalid("a rule and a setting on one line: give each its own");
  if (form_ == Form::remove_all) return std::move(line_);
  // What auditctl does; a rule about processes has no calls.
  if (!has_syscalls_ && rule_.list() != AUDIT_FILTER_TASK) rule_.add_all_syscalls();
  RETURN_IF_ERROR(check_rule());
  if (context_.only_login_uid) {
    if (rule_.list() == AUDIT_FILTER_FS) {
      return invalid("a rule of the list filesystem cannot be limited to rules.only_login_uid");
    }
    RETURN_IF_ERROR(rule_.add_number(AUDIT_LOGINUID, AUDIT_EQUAL, *context_.only_login_uid));
  }
  leave_out(line_);
  ASSIGN_OR_RETURN(line_.rule, std::move(rule_).finish(key_));
  line_.rule.source = place_;
  return std::move(line_);
}

}  // namespace

Result<RuleLine> parse_rule_line(std::string_view line, const std::string& place,
                                 const RuleContext& context) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line[first] == '#') return RuleLine();
  if (line.size() > kRuleLineBytesMax) {
    return invalid("a line of " + std::to_string(line.size()) + " bytes; at most " +
                   std::to_string(kRuleLineBytesMax));
  }
  if (std::any_of(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
      })) {
    return invalid("a control character in the line");
  }
  ASSIGN_OR_RETURN(const std::vector<Option> options, options_of(words_of(line)));
  LineReader reader(place, context);
  for (const Option& option : options) RETURN_IF_ERROR(reader.option(option));
  return std::move(reader).finish();
}

}  // namespace spoor::agent
