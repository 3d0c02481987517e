// Takes secrets out of what the agent read, before anything is made of it: a secret's place is
// taken by «redacted:RULE», in the verbatim text as in what is decoded from it.
//
//   EXECVE a0="mysql" a1="-phunter2"   →   a0="mysql" a1=2D70C2AB72656461637465643A…
//
// What is looked through: arguments, PROCTITLE, what programs say (USER_CMD, msg='…'), typed input,
// log lines. Names of files and programs stay as they are. The usual event holds no literal of any
// rule and is only looked at. Of an event nothing is kept but a title without a secret, for a
// minute the arguments of a command with one (joined_commands.h), and of sudo's last lines what a
// line that goes on is judged by (sudo_parts.h). One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/audit_event.h"
#include "agent/log_event.h"
#include "agent/log_line.h"
#include "agent/redact/joined_commands.h"
#include "agent/redact/matcher.h"
#include "agent/redact/sudo_parts.h"
#include "agent/redact/typed_tail.h"

namespace spoor::agent {

// The program of a command by what was executed, where its arguments do not say that.
Executed executed_of(const AuditEvent& event);

class Redactor {
 public:
  explicit Redactor(std::shared_ptr<const RedactRules> rules);
  Redactor(const Redactor&) = delete;
  Redactor& operator=(const Redactor&) = delete;

  // How a line that was typed is edited (matcher.h).
  void set_edited(Matcher::Edited edited) { matcher_.set_edited(edited); }
  // True: the event's text and records are others now, and all that was decoded from them is to be
  // decoded again (agent/decode/audit_record.h). The event may have records still to come.
  bool redact(AuditEvent& event);
  // `event`: what was read of the line; a secret is looked for in its values, and in what lies
  // between them, but not across (line_pieces.h). True: message and text are others now, and what
  // the event says is in them; in `buffer`, which must live as long as the line.
  bool redact(LogLine& line, LogEvent& event, std::string& buffer);
  // The next bytes that somebody typed, and what can be told of them now (typed_tail.h).
  std::string typed_on(TypedTail& tail, std::string_view data, std::string_view program,
                       bool& found);
  // Nothing more comes.
  std::string typed_rest(TypedTail& tail, std::string_view program, bool& found);
  std::string typed_saved(const TypedTail& tail, std::string_view program, bool& is_cut);
  // A typed line, or its edited form; `program` is who read it, where that is known.
  bool redact_typed(std::string& line, std::string_view program);

 private:
  bool may_hold_secret(const AuditEvent& event);
  bool find_literal(std::string_view text);
  bool has_secret_argument(const AuditEvent& event);
  bool redact_command(const AuditEvent& event);
  bool holds_secret(std::string_view title_record, std::string_view program);
  Secrets in_command(std::string_view command, TextKind kind);
  Secrets in_message(std::string_view message);
  void redact_fields(std::string_view record, bool is_tty, size_t index);
  void redact_message(std::string_view record, size_t index);
  std::string blanked_message(std::string_view text);
  void rebuild(AuditEvent& event) const;

  std::shared_ptr<const RedactRules> rules_;
  Matcher matcher_;
  SudoParts sudo_parts_{matcher_};
  // Of the event at hand.
  bool literal_found_ = false;  // in an argument
  bool is_whole_ = false;       // decode has all its arguments, as the text has them
  Executed executed_;
  std::string_view title_program_;  // of its process, where the title says another
  bool title_may_ = false;      // a literal is in its title, or decode made nothing of it
  JoinedCommands commands_;
  std::string clean_title_;     // looked through last, and no secret in it: processes say it often
  // By record: its new text, if it has one; an empty one is dropped.
  std::vector<std::optional<std::string>> changes_;
};

}  // namespace spoor::agent
