// The forms that log lines have: a program's own format string, with a mark where it puts a value.
// A mark is % and a letter, which says what the value is; its value ends at the first place where
// the text between it and the next mark stands. `%>` is for a value that somebody from outside may
// have chosen: all behind it is read from the line's end, so that whatever the value holds, the
// parts that the program itself wrote are found. There is one such mark in a form at most.
//
//   a account    A the same, of an account that does not exist    b on whose word (kept if empty)
//   t target     g group     i id     u uid     v by_uid     s session     l terminal     d cwd
//   c command    r reason    o operation        h address or host name    p port
//   k key type   f its fingerprint    _ anything
//
// No state, no allocation; any thread.
#pragma once

#include <span>
#include <string_view>

#include "agent/log_event.h"

namespace spoor::agent {

struct LogForm {
  std::string_view form;
  LogEvent::Kind kind = LogEvent::Kind::other;
  std::string_view operation = {};
};

// True when the whole text has this form: its values are in `into`. Else nothing is changed.
bool matches_form(std::string_view text, std::string_view form, LogEvent& into);
// The first of `forms` that the text has, with its kind and operation.
bool match_forms(std::string_view text, std::span<const LogForm> forms, LogEvent& into);

// An address as inet_ntop(3) and getnameinfo(3) write it: digits, dots, colons, and a scope.
bool is_address(std::string_view text);

// Takes it off the front, or the end, where it stands there.
inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}
inline bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}
inline std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace spoor::agent
