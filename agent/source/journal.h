// The systemd journal as a source of log lines: those of sshd, sudo, login and their like, by
// sd-journal(3), which takes care of rotation and of files that are removed. Lines are chosen by
// what wrote them and by what they say wrote them; who did is what journald learnt from the
// kernel (_PID, _UID, _COMM, _EXE), the tag is a claim. Lines are what syslog(3) and
// sd_journal_print(3) were given: a stdout that journald holds is whatever somebody has it say.
//
// Each line is given once. An entry that we stood at and that was removed while we did not look is
// told as a position with `lines_lost`, and so is what journald's rate limit kept out of it
// (RateLimitBurst= of journald.conf(5)): so many lines of a unit that logins are told in, whatever
// they were. What journald removes while we are behind is not seen.
//
// Blocking file access; one thread, the same from the first read on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/log_line.h"
#include "common/result.h"

struct sd_journal;

namespace spoor::agent {

class Journal {
 public:
  using Sink = std::function<void(const LogItem&)>;
  static constexpr std::string_view kOrigin = "journal";

  // `folder` empty: the host's own.
  explicit Journal(std::string folder = {});
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // When the newest entry was made that this host's has, in /var/log/journal or /run/log/journal,
  // since 1970 UTC; 0: there is none in it. nullopt: there is none that we may read.
  static std::optional<int64_t> newest_ns(const std::string& folder = {});

  // Before the first read: where the run before us stood; else we begin with what comes from now.
  void resume(std::string_view cursor) { cursor_ = cursor; }
  // Gives what there is, about `bytes_max` of it (limits.h: kLogLineCost), at least one line. True:
  // there is more.
  bool read(int64_t now_ns, size_t bytes_max, const Sink& sink);
  // Why the journal cannot be read, if it is so. It is opened anew at the next read.
  const Status& status() const { return status_; }

 private:
  struct Close {
    void operator()(sd_journal* journal) const;
  };

  Status open();
  Status begin(int64_t now_ns, const Sink& sink);
  Status seek(const Sink& sink);
  Status read_on(size_t bytes_max, bool& has_more, const Sink& sink);
  size_t give(const Sink& sink);
  void give_dropped(int64_t since_ns, const Sink& sink);
  bool stand_here();
  bool take(const char* field, size_t size_max, std::string& value, bool* is_cut = nullptr);
  uint32_t take_number(const char* field, uint32_t otherwise);

  const std::string folder_;
  Status status_;
  std::unique_ptr<sd_journal, Close> journal_;
  // Of the last entry given, as the library writes it; `@` and a time in us: what comes from then
  // on. Empty: nothing was read yet.
  std::string cursor_;
  bool is_placed_ = false;  // the library stands at `cursor_`
  bool was_sought_ = false;  // in the files as they are
  std::string comm_, exe_, tag_, message_, number_;
};

}  // namespace spoor::agent
