// The commands of tests/golden/redact: words as a shell splits them, with the secret between [[ and
// ]]. Nothing in them is real.
#pragma once

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/source_folder.h"

namespace spoor::agent {

struct SampleCommand {
  std::string line;               // as typed
  std::vector<std::string> args;
  std::string secret;             // empty: none
  std::vector<std::string> kept;  // the arguments up to the secret and behind it, one by one
};

inline std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '\'') quoted = !quoted;
    else if (c == ' ' && !quoted) words.emplace_back();
    else words.back() += c;
  }
  return words;
}

inline void take_out(std::string& text, std::string_view what) {
  for (size_t at; (at = text.find(what)) != text.npos;) text.erase(at, what.size());
}

inline std::vector<SampleCommand> sample_commands(const std::string& name) {
  std::vector<SampleCommand> commands;
  std::string path = in_source("tests/golden/redact/");
  std::ifstream file(path.append(name));
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    SampleCommand& command = commands.emplace_back();
    const size_t begin = line.find("[["), end = line.find("]]");
    if (begin != line.npos) command.secret = line.substr(begin + 2, end - begin - 2);
    // A quote in a secret is one of its bytes.
    std::string marked = line;
    if (begin != line.npos) marked.replace(begin, end + 2 - begin, "\x01");
    for (std::string word : words_of(marked)) {
      const size_t at = word.find('\x01');
      if (at != word.npos) word.replace(at, 1, command.secret);
      command.args.push_back(word);
      if (at == word.npos) command.kept.push_back(word);
    }
    take_out(line, "[[");
    take_out(line, "]]");
    command.line = line;
  }
  return commands;
}

inline std::string joined(const std::vector<std::string>& words, char by) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : std::string(1, by)) + word;
  return text;
}

}  // namespace spoor::agent
