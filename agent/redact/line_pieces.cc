#include "agent/redact/line_pieces.h"

#include <algorithm>
#include <iterator>

namespace spoor::agent {
namespace {

constexpr size_t kNone = std::string_view::npos;
constexpr std::string_view kBetweenFields = " ; ";  // of sudo's lines

bool lies_in(std::string_view part, std::string_view whole) {
  return !part.empty() && !std::less<>()(part.data(), whole.data()) &&
         !std::less<>()(whole.data() + whole.size(), part.data() + part.size());
}

size_t begin_of(std::string_view part, std::string_view whole) {
  return static_cast<size_t>(part.data() - whole.data());
}

// What these write holds commands, whose options may be addresses. What others than accounts of
// this host choose is in none of their lines, but for PAM's.
bool tells_commands(const LogEvent& event) {
  return event.service.empty() && (event.program == "sudo" || event.program == "pkexec" ||
                                   event.program == "cron" || event.program == "crontab");
}

// 10.0.0.9, 10.0.0.9:4711, 2001:db8::1, fe80::1%eth0.
bool looks_like_address(std::string_view word) {
  const auto count = [&](char c) { return std::count(word.begin(), word.end(), c); };
  if (count('.') == 3) {
    return count(':') <= 1 && word.find_first_not_of("0123456789.:") == kNone;
  }
  word = word.substr(0, word.find('%'));
  return count(':') >= 2 && word.find_first_not_of("0123456789abcdefABCDEF.:") == kNone;
}

void add_addresses(std::string_view text, std::vector<size_t>& borders) {
  constexpr std::string_view kEnds = " []()='\",;";
  for (size_t at = text.find_first_not_of(kEnds); at < text.size();
       at = text.find_first_not_of(kEnds, at)) {
    const size_t end = std::min(text.find_first_of(kEnds, at), text.size());
    std::string_view word = text.substr(at, end - at);
    if (word.ends_with(':') && !word.ends_with("::")) word.remove_suffix(1);
    if (looks_like_address(word)) {
      std::string_view before = text.substr(0, at);
      if (before.ends_with(" from ")) before.remove_suffix(6);
      borders.push_back(before.find_last_not_of(kEnds) + 1);  // npos + 1 is 0
      borders.push_back(at);
      borders.push_back(at + word.size());
    }
    at = end;
  }
}

void add_fields(std::string_view text, std::vector<size_t>& borders) {
  for (size_t at = text.find(kBetweenFields); at != kNone; at = text.find(kBetweenFields, at + 1)) {
    borders.push_back(at);
    borders.push_back(at + kBetweenFields.size());
  }
}

}  // namespace

LinePieces::LinePieces(std::string_view message, LogEvent& event)
    : message_(message), event_(event), borders_{0, message.size()} {
  if (event.program.empty() && event.service.empty()) return;
  for (const auto text : kLogEventTexts) {
    const std::string_view part = event.*text;
    if (!lies_in(part, message)) continue;
    borders_.push_back(begin_of(part, message));
    borders_.push_back(begin_of(part, message) + part.size());
  }
  if (tells_commands(event)) add_fields(message, borders_);
  else add_addresses(message, borders_);
  if (lies_in(event.command, message)) {
    const size_t begin = begin_of(event.command, message), end = begin + event.command.size();
    std::erase_if(borders_, [&](size_t at) { return begin < at && at < end; });
  }
  std::sort(borders_.begin(), borders_.end());
  borders_.erase(std::unique(borders_.begin(), borders_.end()), borders_.end());
}

std::string LinePieces::with(const std::function<std::string(std::string_view)>& change) {
  std::string out;
  moved_ = {0};
  for (size_t i = 0; i + 1 < borders_.size(); ++i) {
    out += change(message_.substr(borders_[i], borders_[i + 1] - borders_[i]));
    moved_.push_back(out.size());
  }
  return out;
}

void LinePieces::move_event(std::string_view now) {
  for (const auto text : kLogEventTexts) {
    std::string_view& part = event_.*text;
    if (!lies_in(part, message_)) continue;
    const size_t from = begin_of(part, message_), to = from + part.size();
    // One that lies within a piece becomes all of it.
    const auto first = std::prev(std::upper_bound(borders_.begin(), borders_.end(), from));
    const auto last = std::lower_bound(borders_.begin(), borders_.end(), to);
    const size_t begin = moved_[static_cast<size_t>(first - borders_.begin())];
    part = now.substr(begin, moved_[static_cast<size_t>(last - borders_.begin())] - begin);
  }
}

}  // namespace spoor::agent
