// The PAM and sshd logs of this host, read on the lookup thread and handed to the capture thread:
// the systemd journal where there is one that is written, else the files, and of these the lines of
// this host. Which it is, is said in our own log. What was read and not taken is bounded;
// when that is reached, reading waits, and nothing is lost by it: the logs keep their lines.
//
// A cursor belongs to each line, and the line is read anew until somebody keeps that
// (agent/pipeline.h). What waits in here is not kept by anybody.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/log_cursors.h"
#include "agent/log_settings.h"
#include "agent/source/journal.h"
#include "agent/source/log_hosts.h"
#include "agent/source/log_tail.h"
#include "common/clock.h"

namespace spoor::agent {

// Between two looks at the logs. A look that finds something is followed by a frame, the wakes of
// three threads and an fdatasync(2), which cost more than its lines (docs/benchmarks.md): while a
// log grows, the pause doubles up to the longer one; who logs in on a quiet host is read of within
// the shorter. Where there is no log, the longer: one that comes is read from its beginning. For
// how long a line waits to be joined is counted from when it was taken.
inline constexpr int64_t kLogPauseNs = 100 * kNsPerMs;
inline constexpr int64_t kLogPauseNsMax = 400 * kNsPerMs;

class LogReader {
 public:
  // What is asked of the host.
  struct Door {
    std::function<std::string()> node_name = spoor::agent::node_name;
    std::function<std::optional<int64_t>()> journal_newest_ns = [] { return Journal::newest_ns(); };
  };
  LogReader(LogSettings settings, const Clock& clock) : LogReader(settings, clock, Door()) {}
  LogReader(LogSettings settings, const Clock& clock, Door door);

  // Any thread, once: reading may begin.
  void begin(LogCursors cursors);

  // Lookup thread. One step, which is short; true: there is more to be read at once.
  bool read();

  // As that. After so long it is time for the next step, if there is no more at once.
  int64_t pause_ns() const { return pause_ns_; }

  // Capture thread. What was read, in its order, about `bytes_max` of it.
  void take(size_t bytes_max, const std::function<void(const LogItem&)>& visit);

 private:
  bool choose(Instant now);
  bool has_log() const;
  int64_t next_pause_ns() const;
  bool has_live_journal() const;
  void leave_stale_journal(Instant now);
  void open_files();
  void read_from(auto& source, std::string_view name, size_t& room, bool& has_more);
  void keep(const LogItem& item);
  void say(std::string_view name, const Status& status);

  const LogSettings settings_;
  const Clock& clock_;
  const Door door_;

  // Of the lookup thread.
  bool has_begun_ = false;
  bool is_chosen_ = false;   // for good
  int64_t choose_ns_ = 0;    // boottime: when it is looked again what there is
  std::optional<Journal> journal_;
  std::vector<LogTail> files_;
  LogHosts hosts_;
  bool has_others_ = false;  // lines of other hosts were met, which was said
  int64_t retry_ns_ = 0;  // boottime: not to be tried before
  int64_t pause_ns_ = kLogPauseNs;
  bool has_found_ = false;  // something, in this step
  std::string bytes_;
  std::vector<std::pair<std::string, Code>> said_;

  std::mutex mutex_;
  std::optional<LogCursors> cursors_;  // until begun with
  std::deque<std::string> items_;
  size_t items_bytes_ = 0;
};

}  // namespace spoor::agent
