#include "collector/index/column_words.h"

#include <algorithm>
#include <initializer_list>

namespace spoor::collector {

namespace {

using Words = std::vector<std::string>;

// The first that says something.
Words first(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return {text};
  }
  return {};
}

// A command line that somebody asked for ends its words at spaces.
Words words_of_line(const std::string& line) {
  Words out;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(' ', at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Words both(const std::string& one, const std::string& other) {
  Words out;
  for (const std::string& text : {one, other}) {
    if (!text.empty()) out.push_back(text);
  }
  return out;
}

}  // namespace

std::vector<std::string> words_of(const v1::Event& e, Text column) {
  switch (column) {
    case Text::command: {
      const auto& args = e.command_started().args();
      if (!args.empty()) return {args.begin(), args.end()};
      const std::string& line = e.privilege_change().command();
      return line.empty() ? Words() : words_of_line(line);
    }
    case Text::exe:
      return first({e.command_started().exe(), e.authentication().exe(),
                    e.privilege_change().program(), e.account_change().program(),
                    e.other_record().exe(), e.disbelieved_record().exe(), e.log_message().exe()});
    case Text::cwd:
      return first({e.command_started().cwd(), e.privilege_change().cwd(), e.shell_line().cwd(),
                    e.other_record().cwd()});
    case Text::files:
      if (e.has_network()) return first({e.network().path()});
      return both(e.file_access().path(), e.file_access().new_path());
    case Text::input: return first({e.typed_input().edited(), e.shell_line().line()});
    case Text::user: return first({e.actor().login_name()});
    case Text::as: return first({e.actor().name()});
    case Text::terminal:
      return first({e.source().terminal(), e.command_started().terminal(),
                    e.session_opened().terminal(), e.session_fact().terminal(),
                    e.privilege_change().terminal(), e.typed_input().terminal()});
    default: return {};
  }
}

}  // namespace spoor::collector
