#include "common/key_lines.h"

namespace spoor {

Result<std::string_view> KeyLines::take(std::string_view key) {
  const size_t end = rest_.find('\n');
  if (end == std::string_view::npos) return invalid(std::string(what_) + " cut short");
  const std::string_view line = rest_.substr(0, end);
  if (line.size() <= key.size() || !line.starts_with(key) || line[key.size()] != ' ') {
    return invalid(std::string(what_) + " without " + std::string(key));
  }
  rest_.remove_prefix(end + 1);
  return line.substr(key.size() + 1);
}

Status KeyLines::end() const {
  return rest_.empty() ? ok() : invalid(std::string(what_) + " that goes on after its end");
}

Status KeyLines::bad(std::string_view key) const {
  return invalid(std::string(what_) + " with a bad " + std::string(key));
}

}  // namespace spoor
