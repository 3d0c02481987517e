// What is told of a log's line: the fact that its kind makes of it, in the scope that it was found
// to have, and how sure that is: a journal's line that is believed is likely, and any other a
// claim. One that is not believed is kept as a message, and stands in nobody's session.
//
// Tells through the book, which its owner keeps. What a line says feeds no session here
// (log_lines.h). One thread.
#pragma once

#include <string_view>

#include "agent/correlate/line_check.h"

namespace spoor::agent {

class LineFacts {
 public:
  LineFacts(SessionBook& book, const LineCheck& check) : book_(book), check_(check) {}

  // Who, where, when and how sure; its kind is to be found.
  Fact fact_of(const KeptLine& kept, const LineScope& scope) const;
  void message(const KeptLine& kept, bool disbelieved);
  void authentication(const KeptLine& kept, std::string_view step);
  void logind(const KeptLine& kept);
  // A line for which no records came.
  void stand_alone(const KeptLine& kept, Instant now);

 private:
  SessionBook& book_;
  const LineCheck& check_;
};

// sudo_log.cc: the operation of its line about a command that has ended.
inline constexpr std::string_view kEndOfCommand = "exit";

// How somebody proved who he is, in a line's words.
Credential credential_of(const LogEvent& event);

}  // namespace spoor::agent
