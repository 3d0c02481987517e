// The waiting room of a log's lines: a line may come seconds before the records of what it tells
// of, or after them, or alone. It waits for at most kLogWaitNs, then it stands alone. By the clock
// of the feed, so that what is played waits the same.
//
// Owns the lines; bounded (kLogLinesWaitingMax, kLogBytesWaitingMax); one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/correlate/blob.h"
#include "agent/log_event.h"
#include "agent/log_line.h"
#include "common/clock.h"

namespace spoor::agent {

// A line and what it says, with the bytes that they view.
class KeptLine {
 public:
  KeptLine(const LogLine& line, const LogEvent& event, Instant read);

  const LogLine& line() const { return line_; }
  const LogEvent& event() const { return event_; }
  size_t bytes() const { return sizeof *this + bytes_->size(); }

  Instant read;  // when it came

  void save(std::string& to) const;
  static std::optional<KeptLine> restore(BlobReader& from);

 private:
  KeptLine() = default;
  void own();

  std::unique_ptr<std::string> bytes_;  // its address stays
  LogLine line_;
  LogEvent event_;
};

class LogRoom {
 public:
  void wait(KeptLine line) {
    bytes_ += line.bytes();
    lines_.push_back(std::move(line));
  }
  // The first line that `wanted` says true of leaves, if there is one.
  template <typename Wanted>
  std::optional<KeptLine> take(const Wanted& wanted) {
    for (auto it = lines_.begin(); it != lines_.end(); ++it) {
      if (!wanted(*it)) continue;
      KeptLine line = std::move(*it);
      bytes_ -= line.bytes();
      lines_.erase(it);
      return line;
    }
    return std::nullopt;
  }
  // All leave that `wanted` says true of: each is asked once, while it and the others are here.
  template <typename Wanted>
  void take_all(const Wanted& wanted) {
    std::vector<bool> leaves;
    for (KeptLine& line : lines_) leaves.push_back(wanted(line));
    size_t at = 0;
    std::erase_if(lines_, [&](const KeptLine& line) {
      const bool is_leaving = leaves[at++];
      if (is_leaving) bytes_ -= line.bytes();
      return is_leaving;
    });
  }
  template <typename Wanted>
  bool any(const Wanted& wanted) const {
    return std::any_of(lines_.begin(), lines_.end(), wanted);
  }
  // Whether there is one that came after the one time and not after the other, boottime.
  bool has_come(int64_t after_ns, int64_t by_ns) const;
  // The oldest, if it has waited long enough or there is no more room.
  std::optional<KeptLine> take_due(Instant now);

  size_t size() const { return lines_.size(); }
  void save(std::string& to) const;
  // False for what makes no sense; nothing waits then.
  bool restore(BlobReader& from);

 private:
  std::deque<KeptLine> lines_;  // by when they came
  size_t bytes_ = 0;
};

}  // namespace spoor::agent
