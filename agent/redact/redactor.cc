#include "agent/redact/redactor.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "agent/redact/exec_text.h"
#include "agent/redact/line_pieces.h"
#include "agent/redact/record_values.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kExecve = 1309, kTty = 1319, kProctitle = 1327;  // linux/audit.h
// MAX_PROCTITLE_AUDIT_LEN is 128, with a NUL at its end (kernel/auditsc.c).
constexpr size_t kTitleBytesMax = 127;
// What programs write (linux/audit.h): AUDIT_USER, and the two ranges of messages from user space.
bool is_of_program(uint16_t type) {
  return type == 1005 || (type >= 1100 && type <= 1199) || (type >= 2100 && type <= 2999);
}
// Names, of which none is a secret.
bool is_left_alone(std::string_view key) {
  return key == "exe" || key == "comm" || key == "terminal" || key == "hostname" || key == "addr";
}

// audit_log_acct_message(3), audit_log_user_command(3) and their like.
bool is_of_libaudit(std::string_view key) {
  return is_left_alone(key) || key == "acct" || key == "cwd" || key == "cmd" || key == "res";
}

constexpr std::string_view kMessage = "msg='";
constexpr char kEnriched = 0x1D;

bool is_end_of_value(char c) { return c == ' ' || c == '\'' || c == kEnriched; }

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The usual case of it.
bool is_named_by(std::string_view name, std::string_view path) {
  return !name.empty() && path.ends_with(name) &&
         (path.size() == name.size() || path[path.size() - name.size() - 1] == '/');
}

// Of the process, or of the command that it executed: a call that failed says who tried.
std::string_view program_of(const AuditEvent& event) {
  if (!event.syscall || (event.exec && event.syscall->success != true)) return {};
  return base_name(event.bytes(event.syscall->exe));
}

}  // namespace

Executed executed_of(const AuditEvent& event) {
  if (!event.exec) return {};
  const std::vector<ExecArgument>& args = event.exec->args;
  const bool has_name = !args.empty() && args[0].present;
  const std::string_view program = program_of(event);
  const bool is_same = has_name && base_name(event.bytes(args[0].value)) == program;
  return {is_same ? std::string_view() : program, has_name};
}

Redactor::Redactor(std::shared_ptr<const RedactRules> rules)
    : rules_(std::move(rules)), matcher_(*rules_) {}

bool Redactor::find_literal(std::string_view text) {
  RuleBits found;
  return rules_->find(text, found);
}

// What decode could not make sense of, or had no room for, is looked through as text.
bool Redactor::may_hold_secret(const AuditEvent& event) {
  bool may = false;
  literal_found_ = false;
  is_whole_ = event.exec.has_value();
  const std::string_view title =
      event.proctitle ? event.bytes(*event.proctitle) : std::string_view();
  executed_ = event.exec ? executed_of(event) : Executed();
  const bool is_clean = !title.empty() && title == clean_title_;
  const std::string_view title_name = title.substr(0, title.find('\0'));
  title_program_ = {};
  if (event.syscall && !is_named_by(title_name, event.bytes(event.syscall->exe))) {
    title_program_ = program_of(event);
    if (base_name(title_name) == title_program_) title_program_ = {};
  }
  title_may_ = !event.proctitle || (!title_program_.empty() && find_literal(title_program_)) ||
               (!is_clean && (find_literal(title) ||
                              (title_name.size() == 2 && find_literal(title_name))));
  for (const AuditEvent::Record& record : event.records) {
    const bool is_searched = record.type == kExecve || record.type == kProctitle;
    may |= (is_searched && !record.parsed) || record.type == kTty || is_of_program(record.type);
    is_whole_ = is_whole_ && (record.type != kExecve || record.parsed);
  }
  if (event.exec) {
    const ExecFields& exec = *event.exec;
    is_whole_ = is_whole_ && exec.argc == exec.args.size() && exec.waiting.empty();
    for (const ExecArgument& arg : exec.args) {
      is_whole_ = is_whole_ && arg.present && !arg.cut;
      literal_found_ = literal_found_ || find_literal(event.bytes(arg.value));
    }
    if (!executed_.program.empty()) {
      literal_found_ = literal_found_ || find_literal(executed_.program);
    }
  }
  if (event.proctitle) may = may || title_may_;
  return may || literal_found_ || (event.exec && !is_whole_);
}

bool Redactor::redact(AuditEvent& event) {
  if (!may_hold_secret(event)) return false;
  commands_.forget(event.first_read.boottime_ns);
  matcher_.begin();
  changes_.assign(event.records.size(), std::nullopt);
  const bool in_command = redact_command(event);
  for (size_t i = 0; i < event.records.size(); ++i) {
    const AuditEvent::Record& record = event.records[i];
    const std::string_view text = event.record_text(record);
    if (record.type == kProctitle) {
      const bool holds = title_may_ && holds_secret(text, title_program_);
      if (holds || in_command) changes_[i].emplace();
      else if (title_may_ && event.proctitle && title_program_.empty()) {
        clean_title_ = event.bytes(*event.proctitle);
      }
    } else if (record.type == kTty || is_of_program(record.type)) {
      redact_fields(text, record.type == kTty, i);
      if (record.type != kTty) redact_message(text, i);
    }
  }
  const bool changed = std::any_of(changes_.begin(), changes_.end(),
                                   [](const auto& change) { return change.has_value(); });
  // Arguments of records that there was no room to keep are in no text, and cannot be judged here.
  const bool is_unsure = event.records_cut != 0 && literal_found_;
  if (!changed && !is_unsure) return false;
  rebuild(event);
  event.rewritten = true;
  return true;
}

// Of what was decoded: whether there is anything to do to the text.
bool Redactor::has_secret_argument(const AuditEvent& event) {
  if (!literal_found_) return false;
  std::vector<Argument> arguments;
  arguments.reserve(event.exec->args.size());
  for (const ExecArgument& arg : event.exec->args) {
    arguments.push_back({event.bytes(arg.value), false});
  }
  return !matcher_.in_arguments(arguments, executed_).empty();
}

bool Redactor::redact_command(const AuditEvent& event) {
  if (is_whole_ && !has_secret_argument(event)) return false;
  matcher_.begin();
  ExecText text;
  std::vector<size_t> records;
  for (size_t i = 0; i < event.records.size(); ++i) {
    if (event.records[i].type != kExecve) continue;
    text.add(event.record_text(event.records[i]));
    records.push_back(i);
  }
  if (records.empty()) return false;
  const std::span<const Argument> arguments = text.arguments();
  const Secrets secrets =
      matcher_.in_arguments(arguments, {executed_.program, text.has_name()});
  if (!secrets.empty()) commands_.remember(arguments, secrets, event.first_read.boottime_ns);
  std::map<uint32_t, std::string> values;
  for (const uint32_t i : text.begun()) values[i] = arguments[i].bytes;
  for (auto at = secrets.begin(); at != secrets.end();) {
    const auto end = std::find_if(at, secrets.end(), [&](const Secret& secret) {
      return secret.target != at->target;
    });
    values[at->target] = matcher_.blanked(arguments[at->target].bytes, {at, end});
    at = end;
  }
  if (values.empty()) return false;
  std::vector<std::string> written = text.with(values);
  for (size_t i = 0; i < records.size(); ++i) {
    if (written[i] != event.record_text(event.records[records[i]])) {
      changes_[records[i]] = std::move(written[i]);
    }
  }
  return true;
}

bool Redactor::holds_secret(std::string_view title_record, std::string_view program) {
  TextField field;
  if (!next_field(title_record, body_of_record(title_record), field)) return false;
  const std::string title = value_of(field);
  std::vector<Argument> arguments;
  for (size_t from = 0; from <= title.size();) {
    const size_t end = std::min(title.find('\0', from), title.size());
    arguments.push_back({std::string_view(title).substr(from, end - from), false});
    from = end + 1;
  }
  arguments.back().cut = title.size() >= kTitleBytesMax;
  return !matcher_.in_arguments(arguments, {program, true}).empty();
}

// What sudo made of arguments: by them, where they are known.
Secrets Redactor::in_command(std::string_view command, TextKind kind) {
  if (const auto known = commands_.find(command)) return *known;
  return matcher_.in_joined(command, kind);
}

// The message of a program: sudo's and pkexec's has a command at its end.
Secrets Redactor::in_message(std::string_view message) {
  constexpr std::string_view kCommand = "COMMAND=";
  const size_t at = message.find(kCommand);
  const bool has_command = at != message.npos && at > 0 &&
                           (message[at - 1] == ' ' || message[at - 1] == '[');
  if (!has_command) {
    return matcher_.in_line(message, TextKind::message, CommandLine::Kind::joined);
  }
  const size_t begin = at + kCommand.size();
  const bool is_bracketed = message[at - 1] == '[' && message.ends_with(']');
  Secrets secrets =
      matcher_.in_line(message.substr(0, at), TextKind::message, CommandLine::Kind::joined);
  const std::string_view command =
      message.substr(begin, message.size() - begin - (is_bracketed ? 1 : 0));
  for (Secret secret : in_command(command, TextKind::message)) {
    secret.begin += begin;
    secret.end += begin;
    secrets.push_back(secret);
  }
  return secrets;
}

// Values that are in quotes or hex: the others are a part of the message.
void Redactor::redact_fields(std::string_view record, bool is_tty, size_t index) {
  std::string out, program;
  size_t copied = 0;
  TextField field;
  for (size_t at = body_of_record(record); next_field(record, at, field); at = field.end) {
    if (field.key == "comm") program = value_of(field);
    if (is_left_alone(field.key) || (!field.quoted && !is_hex(field.value))) continue;
    const std::string value = value_of(field);
    const Secrets secrets =
        field.key == "data"  ? matcher_.in_typed(value, program)
        : field.key == "cmd" ? in_command(value, TextKind::arguments)
                             : matcher_.in_line(value, TextKind::message,
                                                CommandLine::Kind::joined);
    if (secrets.empty()) continue;
    const std::string blanked = matcher_.blanked(value, secrets);
    out.append(record.substr(copied, field.value_begin - copied));
    out.append(is_tty ? as_hex(blanked) : written(blanked));
    copied = field.end;
    // Behind a closing quote something else may begin at once; not so behind hex.
    if (field.quoted && copied < record.size() && !is_end_of_value(record[copied])) out += ' ';
  }
  if (copied != 0) changes_[index] = out.append(record.substr(copied));
}

// Blanks at its end are not its own.
std::string Redactor::blanked_message(std::string_view text) {
  const size_t size = text.find_last_not_of(' ') + 1;  // npos + 1 is 0
  const std::string_view said = text.substr(0, size);
  return matcher_.blanked(said, in_message(said)).append(text.substr(size));
}

// What libaudit writes itself ends what can be a secret: who chose the account before it takes
// neither the address nor the result with it.
void Redactor::redact_message(std::string_view record, size_t index) {
  const std::string text(changes_[index].value_or(std::string(record)));
  const size_t message = text.find(kMessage);
  if (message == text.npos) return;
  const size_t begin = message + kMessage.size();
  const std::string_view body =
      std::string_view(text).substr(begin, text.find(kEnriched, begin) - begin);
  std::string out;
  const auto search = [&](std::string_view piece) { out += blanked_message(piece); };
  size_t copied = 0;
  TextField field;
  for (size_t at = 0; next_field(body, at, field); at = field.end) {
    if (!is_of_libaudit(field.key)) continue;
    search(body.substr(copied, field.begin - copied));
    out.append(body.substr(field.begin, field.value_begin - field.begin));
    copied = field.end;
    const std::string_view value = body.substr(field.value_begin, copied - field.value_begin);
    if (is_left_alone(field.key)) out.append(value);
    else search(value);
  }
  search(body.substr(copied));
  if (out != body) changes_[index] = text.substr(0, begin) + out + text.substr(begin + body.size());
}

void Redactor::rebuild(AuditEvent& event) const {
  std::string text;
  std::vector<AuditEvent::Record> records;
  for (size_t i = 0; i < event.records.size(); ++i) {
    const std::string_view now =
        changes_[i] ? std::string_view(*changes_[i]) : event.record_text(event.records[i]);
    if (changes_[i] && now.empty()) continue;
    AuditEvent::Record& record = records.emplace_back(event.records[i]);
    record.offset = static_cast<uint32_t>(text.size());
    record.size = static_cast<uint32_t>(now.size());
    text += now;
  }
  event.text = std::move(text);
  event.records = std::move(records);
}

bool Redactor::redact(LogLine& line, LogEvent& event, std::string& buffer) {
  const bool is_sudo = event.program == "sudo";
  if (!is_sudo && !find_literal(line.text) && !find_literal(line.message)) return false;
  matcher_.begin();
  const std::string writer =
      is_sudo ? std::to_string(line.pid) + ' ' + std::to_string(line.tag_pid) + ' ' +
                    std::string(event.account)
              : std::string();
  const bool goes_on = is_sudo && event.operation == "command continued";
  LinePieces pieces(line.message, event);
  const std::string message = pieces.with([&](std::string_view piece) {
    if (goes_on && piece.data() == event.command.data()) return sudo_parts_.next(writer, piece);
    if (piece.data() == event.command.data() && piece.size() == event.command.size()) {
      return matcher_.blanked(piece, in_command(piece, TextKind::message));
    }
    return blanked_message(piece);
  });
  if (is_sudo && !goes_on) sudo_parts_.begin(writer, line.message, message);
  // Before the message a line has what syslog wrote; where it does not end with it, anything.
  const bool is_end = line.text.ends_with(line.message);
  std::string text(line.text.substr(0, is_end ? line.text.size() - line.message.size() : 0));
  if (!is_end) text = blanked_message(line.text);
  const size_t at = text.size(), size = is_end ? at + message.size() : at;
  text += message;
  const std::string_view all = text;
  if (all.substr(0, size) == line.text && message == line.message) return false;
  buffer = std::move(text);
  pieces.move_event(std::string_view(buffer).substr(at));
  line.text = std::string_view(buffer).substr(0, size);
  line.message = std::string_view(buffer).substr(at);
  return true;
}

std::string Redactor::typed_on(TypedTail& tail, std::string_view data, std::string_view program,
                               bool& found) {
  matcher_.begin();
  return tail.shown(data, program, matcher_, found);
}

std::string Redactor::typed_rest(TypedTail& tail, std::string_view program, bool& found) {
  matcher_.begin();
  return tail.rest(program, matcher_, found);
}

std::string Redactor::typed_saved(const TypedTail& tail, std::string_view program, bool& is_cut) {
  matcher_.begin();
  return tail.saved(program, matcher_, is_cut);
}

bool Redactor::redact_typed(std::string& line, std::string_view program) {
  matcher_.begin();
  const Secrets secrets = matcher_.in_typed(line, program);
  if (secrets.empty()) return false;
  line = matcher_.blanked(line, secrets);
  return true;
}

}  // namespace spoor::agent
