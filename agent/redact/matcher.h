// Finds secrets in texts, by the rules: in the arguments of a command, in a line of a shell, in a
// message of a program. Arguments that hold a line of a shell (`sh -c "…"`, `ssh host "…"`) are
// taken apart themselves. Any bytes are taken, and the work for each event is bounded: beyond, a
// text that a rule may be about is a secret as a whole.
//
// One thread; the rules outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/redact/command_line.h"
#include "agent/redact/redact_rules.h"

namespace spoor::agent {

struct Secret {
  uint32_t target = 0;  // which argument; 0 in a single text
  size_t begin = 0, end = 0;
  uint32_t rule = 0;    // in RedactRules::rules, or kUncheckedRule
};
using Secrets = std::vector<Secret>;

struct Argument {
  std::string_view bytes;
  bool cut = false;  // more of it came, or will come: a rule may see only the beginning of a secret
};

// What is known of a command beside its arguments. Who executes a program says what its first
// argument is, and that may have been lost.
struct Executed {
  std::string_view program = {};  // the file's name, without its folder; empty: not known
  bool has_name = true;           // the first argument is argv[0]
};

class Matcher {
  struct Span {
    size_t begin = std::string_view::npos, end = std::string_view::npos;
    bool is_there() const { return begin != std::string_view::npos; }
  };

 public:
  explicit Matcher(const RedactRules& rules) : rules_(rules) {}
  const RedactRules& rules() const { return rules_; }

  // What keys like arrows made of a line that was typed: decode knows (agent/decode/typed_line.h).
  using Edited = std::string (*)(std::string_view typed);
  void set_edited(Edited edited) { edited_ = edited; }

  // Before the texts of another event.
  void begin() { work_ = 0; }
  // Since then, in bytes.
  size_t work() const { return work_; }
  // Sorted by target and place, and none touches another.
  Secrets in_arguments(std::span<const Argument> arguments, const Executed& executed = {});
  Secrets in_line(std::string_view text, TextKind kind, CommandLine::Kind syntax);
  // Of arguments that somebody joined by spaces, as sudo does, and whose borders nobody knows: an
  // argument that is a secret is one up to the next option.
  Secrets in_joined(std::string_view command, TextKind kind);
  // What was typed into `program`; `cut`: more of it came, or will come. A line in which keys moved
  // about is a secret as a whole if they made one in it.
  Secrets in_typed(std::string_view typed, std::string_view program, bool cut = false);

  // `text` with markers in the place of its secrets.
  std::string blanked(std::string_view text, std::span<const Secret> secrets) const;

 private:
  static bool match(const re2::RE2& pattern, std::string_view text, size_t from, bool whole,
                    Span& group, size_t& behind);
  bool has_room(size_t bytes);
  void unchecked(const Word& text);
  void unchecked(std::span<const Word> words);
  void search(const Word& text, TextKind kind, const RuleBits& found, bool borderless = false);
  void search(uint32_t rule, const Word& text, bool borderless = false);
  void search_end(const Word& text, const RuleBits& found);
  void search_typed(std::string_view typed, std::string_view program, bool cut);
  void take_line(const Word& line, TextKind kind, CommandLine::Kind syntax, const RuleBits& found,
                 int depth, bool borderless = false);
  void take_command(std::span<const Word> words, TextKind kind, const RuleBits& found,
                    bool borderless = false);
  void take_program(std::span<const Word> words, const Executed& executed, const RuleBits& found);
  template <typename Visit>
  bool each_program(std::span<const Word> words, Visit&& visit);
  void take_words(uint32_t rule, std::span<const Word> words, bool borderless);
  void add_word(std::span<const Word> words, size_t at, Span part, uint32_t rule,
                bool borderless);
  size_t first_shell(std::span<const Word> words);
  void add(const Word& in, size_t begin, size_t end, uint32_t rule);
  Secrets finish();

  const RedactRules& rules_;
  Edited edited_ = nullptr;
  size_t work_ = 0;  // bytes that rules were tried on, and what else takes time, as so many
  Secrets secrets_;
};

}  // namespace spoor::agent
