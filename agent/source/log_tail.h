// Follows a log file over whatever happens to it: renamed and made anew, copied and truncated,
// deleted, missing for a while, not readable for a while; and over restarts of ours, by a cursor.
// Each line is given once. A last line without its end is waited for, until the next file is begun.
//
// What cannot be had any more is told as a position with `lines_lost`: the file where we were is
// nowhere (deleted or compressed while we did not run), or it was truncated and there is no copy.
// Unseen are only the lines that a truncation takes between the end of the copy and itself, and a
// file that came and went between two looks.
//
// The file that we stand in is kept open, so that its name may go. Blocking file access; one
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/log_line.h"
#include "agent/source/log_generations.h"
#include "agent/source/log_place.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

class LogTail {
 public:
  using Sink = std::function<void(const LogItem&)>;

  explicit LogTail(std::string path);
  // Before the first read: where the run before us stood. Without it, or with what is none, we
  // begin at the end of the file; one that is not there yet is read from its beginning.
  void resume(std::string_view cursor);

  // Gives what there is, about `bytes_max` of it (limits.h: kLogLineCost), at least one line. True:
  // there is more.
  bool read(int64_t now_ns, size_t bytes_max, const Sink& sink);

  const std::string& path() const { return path_; }
  bool has_file() const { return fd_.is_open(); }
  // Why the file cannot be read, if it is so.
  const Status& status() const { return status_; }

 private:
  enum class Step : uint8_t { more, end, truncated };
  using Generations = std::vector<LogGeneration>;

  bool find(int64_t now_ns, const Sink& sink);
  bool begin_first(int64_t now_ns, const Sink& sink);
  bool find_again(const Generations& files);
  bool go_on_without(const Generations& files, const Sink& sink);
  bool on_truncated(const Sink& sink);
  UniqueFd open_generation(const LogGeneration& file, LogGeneration& opened);
  void begin_at(UniqueFd fd, const LogGeneration& file, uint64_t offset);
  void stand_in(UniqueFd fd, const LogGeneration& file);
  bool is_ours(const LogGeneration& file) const;
  bool has_our_bytes(int fd, uint64_t size) const;
  Step step(int64_t now_ns, size_t bytes_max, size_t& given, const Sink& sink);
  void take_rest(size_t at, int64_t now_ns, size_t& given, const Sink& sink);
  void give(size_t from, size_t to, size_t end, int64_t now_ns, const Sink& sink);
  void give_position(bool lines_lost, int64_t since_ns, const Sink& sink);
  bool next_file(int64_t now_ns, const Sink& sink);
  bool continues_in(int fd, uint64_t size) const;
  const LogGeneration* successor(const Generations& files);

  const std::string path_;
  Status status_;
  bool has_place_ = false;
  LogPlace place_;
  UniqueFd fd_;
  std::string buffer_;     // begins place_.mark_bytes() before where it was read for
  size_t rest_ = 0;        // of it: where a line begins that has no end yet
  std::string cursor_;
  // What was looked at and had nothing for us; it is not looked at again before it changes.
  bool at_end_ = false;
  LogGeneration seen_, seen_next_;
  bool is_leaving_ = false;  // whoever writes has begun the next file: this one is complete
  bool was_moved_ = false;   // a file got another name between two looks
  int times_missed_ = 0;     // looks at the folder in a row in which our file was not there
};

}  // namespace spoor::agent
