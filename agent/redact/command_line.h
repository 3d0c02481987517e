// A line of a shell, or arguments that somebody joined by spaces, taken apart into commands and
// their words, each of which knows where in the line its bytes stand. Good enough to find options,
// and no shell: nothing is expanded. Any bytes are taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::agent {

// Bytes, and where each stands in the text that they are of.
struct Word {
  std::string_view bytes;
  uint32_t target = 0;           // which text: the number of an argument, or 0
  uint32_t base = 0;             // of the first byte, where the others follow it
  const uint32_t* at = nullptr;  // of each byte, where they do not

  size_t position(size_t i) const { return at != nullptr ? at[i] : base + i; }
  Word part(size_t begin, size_t size) const {
    return {bytes.substr(begin, size), target, static_cast<uint32_t>(base + begin),
            at != nullptr ? at + begin : nullptr};
  }
  bool has_space() const { return bytes.find_first_of(" \t\n\r") != bytes.npos; }
};

class CommandLine {
 public:
  // `shell`: everywhere but in quotes, ; | & ( ) ` and a new line end a command. `joined` text has
  // lost its quotes: there they do so only at the beginning or end of a word.
  enum class Kind { shell, joined };

  // `line` outlives this, and this the words.
  CommandLine(const Word& line, Kind kind);
  std::vector<std::vector<Word>>& commands() { return commands_; }

 private:
  struct Unquoted {
    std::string bytes;
    std::vector<uint32_t> at;
  };
  void end_word(size_t begin, size_t end);
  void end_command();

  const Word line_;
  std::vector<std::vector<Word>> commands_;
  std::vector<Word> words_;
  std::deque<Unquoted> unquoted_;
};

}  // namespace spoor::agent
