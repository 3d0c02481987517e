// What a record of typed keys has of a line that has not ended. The kernel writes such a record
// when it likes (agent/decode/typed_line.h), so that a secret may lie half in one and half in the
// next, and neither half is one by any rule. So the unfinished end of a record is held back, and
// shown with the record that ends its line; all that is shown was judged as whole lines.
//
//   record  "ls\rmysql -phun"   →  shown "ls\r"
//   record  "ter2 shop\r"       →  shown "mysql -p«redacted:mysql-password» shop\r"
//
// A line of more than kTypedLineBytesMax is not waited for. Beside that nothing but the end of the
// process, or of its session, ends the waiting.
//
// Of one process and terminal; owns what it holds; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/redact/matcher.h"

namespace spoor::agent {

class TypedTail {
 public:
  // The next bytes; what can be shown now, without secrets. `found`: there were some.
  std::string shown(std::string_view data, std::string_view program, Matcher& matcher, bool& found);
  // Nothing more comes.
  std::string rest(std::string_view program, Matcher& matcher, bool& found);
  // What is held, less what may be a part of a secret. After restore() the rest of such a line is
  // not shown, since nobody knows what it goes on with.
  std::string saved(std::string_view program, Matcher& matcher, bool& is_cut) const;
  void restore(std::string_view held, bool is_cut);

  bool empty() const { return held_.empty(); }
  size_t bytes() const { return before_.capacity() + held_.capacity(); }

 private:
  std::string release(std::string text, size_t from, bool cut, std::string_view program,
                      Matcher& matcher, bool& found);

  std::string before_;  // shown already: what follows is judged with it
  std::string held_;
  bool blind_ = false;  // up to the end of this line
};

}  // namespace spoor::agent
