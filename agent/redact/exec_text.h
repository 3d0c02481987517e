// The arguments of a command as its EXECVE records' text has them: all of them, also those that
// decode keeps no room for, or could make no sense of. Tells where each stands, and writes the
// records anew around those that are changed:
//
//   argc=3 a0="mysql" a1_len=9000 a1[0]=2D70…     →   argc=3 a0="mysql" a1=2D70C2AB…
//   a1[1]=41… a2="db"                                 a2="db"
//
// An argument that is not changed stays byte for byte. Views are into the records' text.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/redact/matcher.h"
#include "agent/redact/record_values.h"

namespace spoor::agent {

class ExecText {
 public:
  // A record of one event, in the order read.
  void add(std::string_view record);
  // After the last record: by number, as far as they are there.
  std::span<const Argument> arguments();
  // After arguments(): whether the first of them is the command's, its name.
  bool has_name() const { return !numbers_.empty() && numbers_.front() == 0; }
  // Of arguments(), those of which a run before us had blanked the beginning (agent/saved_state.h)
  // when the rest had not come: it is no part of arguments(), and must not stay in the text.
  const std::vector<uint32_t>& begun() const { return begun_; }
  // All records anew, with `values` in place of the arguments of these positions in arguments().
  // A record of which nothing is left becomes empty.
  std::vector<std::string> with(const std::map<uint32_t, std::string>& values) const;

 private:
  enum class Part : uint8_t { length, whole, piece };
  struct Token {
    uint64_t arg = 0;
    Part part = Part::whole;
    uint64_t piece = 0;
    uint32_t record = 0, begin = 0, end = 0;  // with the space before it
    uint32_t argument = 0;                    // in arguments_
    bool quoted = false;
    std::string_view value;
  };
  static bool read_key(std::string_view key, Token& token);
  void join(std::span<const Token*> tokens);

  std::vector<std::string_view> records_;
  std::vector<Token> tokens_;          // in their order in the text
  std::vector<std::string> values_;
  std::vector<uint64_t> numbers_;      // N of aN, for each of arguments_
  std::vector<Argument> arguments_;
  std::vector<uint32_t> begun_;
  std::vector<bool> has_others_;       // records with fields that are of no argument
};

}  // namespace spoor::agent
