#include "agent/redact/sudo_parts.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// sudo cuts within a word only if a whole line has no blank: 960 bytes, or what syslog_maxlen says.
constexpr size_t kSplitWordBytesMin = 200;

bool ends_in_long_word(std::string_view text) {
  return text.size() - (text.rfind(' ') + 1) >= kSplitWordBytesMin;  // npos + 1 is 0
}

size_t size_before_option(std::string_view part) {
  return part.starts_with('-') ? 0 : std::min(part.find(" -"), part.size());
}

}  // namespace

void SudoParts::keep(Begun begun) {
  if (begun_.size() >= kSudoWritersMax) begun_.pop_front();
  begun_.push_back(std::move(begun));
}

void SudoParts::begin(std::string_view writer, std::string_view message,
                      std::string_view blanked) {
  std::erase_if(begun_, [&](const Begun& begun) { return begun.writer == writer; });
  keep({std::string(writer), std::string(blanked), ends_in_long_word(message)});
}

std::string SudoParts::next(std::string_view writer, std::string_view part) {
  const auto known = std::find_if(begun_.begin(), begun_.end(), [&](const Begun& begun) {
    return begun.writer == writer;
  });
  const Secret whole{0, 0, part.size(), kUncheckedRule};
  if (known == begun_.end()) return matcher_.blanked(part, {&whole, 1});
  Begun begun = std::move(*known);
  begun_.erase(known);
  if (begun.text.size() + part.size() >= kSudoTextBytesMax) {
    begun.text.resize(kSudoTextBytesMax);
    keep(std::move(begun));
    return matcher_.blanked(part, {&whole, 1});
  }
  // Where a secret ends in joined arguments nobody knows.
  const size_t end = begun.text.ends_with(kMarkerEnd) ? size_before_option(part) : 0;
  if (!begun.is_split) begun.text += ' ';
  const size_t from = begun.text.size();
  const std::string all = begun.text + std::string(part);
  Secrets secrets;
  if (end != 0) secrets.push_back({0, 0, end, kUncheckedRule});
  for (Secret& secret : matcher_.in_joined(all, TextKind::message)) {
    if (secret.end <= from + end) continue;
    secret.begin = std::max(secret.begin, from + end) - from;
    secret.end -= from;
    secrets.push_back(secret);
  }
  const std::string blanked = matcher_.blanked(part, secrets);
  begun.text += blanked;
  begun.is_split = ends_in_long_word(all);
  keep(std::move(begun));
  return blanked;
}

}  // namespace spoor::agent
