#include "agent/log_reader.h"

#include <sys/stat.h>

#include <algorithm>

#include "agent/limits.h"
#include "agent/source/log_item.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

// A log that cannot be read is tried again.
constexpr int64_t kRetryNs = 2 * kNsPerSecond;

}  // namespace

LogReader::LogReader(LogSettings settings, const Clock& clock, Door door)
    : settings_(std::move(settings)),
      clock_(clock),
      door_(std::move(door)),
      hosts_(door_.node_name) {}

void LogReader::begin(LogCursors cursors) {
  const std::lock_guard lock(mutex_);
  cursors_ = std::move(cursors);
}

// A journal may be left that nobody writes any more (Storage=none, of journald.conf(5)).
bool LogReader::has_live_journal() const {
  if (settings_.journal != "auto") return settings_.journal == "on";
  const std::optional<int64_t> newest_ns = door_.journal_newest_ns();
  if (!newest_ns) return false;
  return std::none_of(settings_.files.begin(), settings_.files.end(), [&](const auto& path) {
    struct stat file {};
    return ::stat(path.c_str(), &file) == 0 &&
           file.st_mtim.tv_sec * kNsPerSecond > *newest_ns + kJournalBehindNs;
  });
}

void LogReader::open_files() {
  files_.reserve(settings_.files.size());
  for (const std::string& path : settings_.files) {
    LogTail& file = files_.emplace_back(path);
    for (const auto& [name, cursor] : *cursors_) {
      if (name == path) file.resume(cursor);
    }
  }
}

bool LogReader::has_log() const {
  return journal_ || std::any_of(files_.begin(), files_.end(),
                                 [](const LogTail& file) { return file.has_file(); });
}

// Which logs there are. As long as there are none of either sort, a journal may come.
bool LogReader::choose(Instant now) {
  {
    const std::lock_guard lock(mutex_);
    if (!cursors_) return false;
  }
  has_begun_ = true;
  const bool has_files = has_log();
  if (!has_files && now.boottime_ns < choose_ns_) return false;
  if (!has_files) choose_ns_ = now.boottime_ns + kRetryNs;
  const bool has_journal = !has_files && has_live_journal();
  const std::lock_guard lock(mutex_);
  if (has_journal) {
    files_.clear();
    journal_.emplace();
    for (const auto& [name, cursor] : *cursors_) {
      if (name == Journal::kOrigin) journal_->resume(cursor);
    }
    choose_ns_ = now.boottime_ns + kJournalCheckNs;
  } else if (files_.empty()) {
    open_files();
  }
  const bool is_chosen = has_files || has_journal || settings_.journal == "off";
  if (is_chosen) log_info("logins are read from {}", has_journal ? "the journal" : "log files");
  return is_chosen;
}

// What the files were told since is lost to us, and that is told; reading begins at their ends.
void LogReader::leave_stale_journal(Instant now) {
  if (!journal_ || settings_.journal != "auto" || now.boottime_ns < choose_ns_) return;
  choose_ns_ = now.boottime_ns + kJournalCheckNs;
  if (has_live_journal()) return;
  log_warning("the journal is written no more: logins are read from log files");
  journal_.reset();
  {
    const std::lock_guard lock(mutex_);
    open_files();
  }
  if (!files_.empty()) keep(LogPosition{files_.front().path(), {}, true, 0});
}

// After a step that found so much.
int64_t LogReader::next_pause_ns() const {
  if (has_found_) return std::min(2 * pause_ns_, kLogPauseNsMax);
  return has_begun_ && !has_log() ? kLogPauseNsMax : kLogPauseNs;
}

bool LogReader::read() {
  if (!is_chosen_) is_chosen_ = choose(clock_.now());
  leave_stale_journal(clock_.now());
  size_t room = 0;
  {
    const std::lock_guard lock(mutex_);
    const size_t waiting = std::min(kLogQueueBytesMax, items_bytes_);
    room = std::min(kLogTickBytesMax, kLogQueueBytesMax - waiting);
  }
  if (room == 0) {
    pause_ns_ = kLogPauseNs;
    return false;
  }
  has_found_ = false;
  bool has_more = false;
  if (journal_) read_from(*journal_, Journal::kOrigin, room, has_more);
  for (LogTail& file : files_) read_from(file, file.path(), room, has_more);
  pause_ns_ = next_pause_ns();
  return has_more;
}

void LogReader::read_from(auto& source, std::string_view name, size_t& room, bool& has_more) {
  const Instant now = clock_.now();
  if (room == 0 || (!source.status().is_ok() && now.boottime_ns < retry_ns_)) return;
  size_t given = 0;
  std::string left_out;  // the cursor of the last line, where that is another host's
  has_more |= source.read(now.realtime_ns, room, [&](const LogItem& item) {
    const auto* const line = std::get_if<LogLine>(&item);
    if (line != nullptr && !hosts_.is_ours(line->host)) {
      left_out = line->cursor;
      return;
    }
    left_out.clear();
    keep(item);
    given += bytes_.size();
  });
  if (!left_out.empty()) {
    keep(LogPosition{name, left_out});
    if (!std::exchange(has_others_, true)) {
      log_info("{} has lines of other hosts, too: these are left to those", name);
    }
  }
  room -= std::min(room, given);
  if (!source.status().is_ok()) retry_ns_ = now.boottime_ns + kRetryNs;
  say(name, source.status());
}

void LogReader::keep(const LogItem& item) {
  has_found_ = true;
  write_log_item(item, bytes_);
  const std::lock_guard lock(mutex_);
  items_bytes_ += bytes_.size();
  items_.push_back(bytes_);
}

// Of each log, when it changes.
void LogReader::say(std::string_view name, const Status& status) {
  auto said = std::find_if(said_.begin(), said_.end(),
                           [&](const auto& each) { return each.first == name; });
  if (said == said_.end()) said = said_.insert(said_.end(), {std::string(name), Code::ok});
  if (said->second == status.code()) return;
  said->second = status.code();
  if (status.is_ok()) {
    log_info("{} is read again", name);
  } else {
    log_error("logins are told without what {} says of them: {}{}", name, status.message(),
              status.code() == Code::denied
                  ? " (the agent's user should be in the groups adm and systemd-journal)"
                  : "");
  }
}

void LogReader::take(size_t bytes_max, const std::function<void(const LogItem&)>& visit) {
  std::deque<std::string> taken;
  {
    const std::lock_guard lock(mutex_);
    for (size_t bytes = 0; bytes < bytes_max && !items_.empty();) {
      bytes += items_.front().size();
      items_bytes_ -= items_.front().size();
      taken.push_back(std::move(items_.front()));
      items_.pop_front();
    }
  }
  for (const std::string& bytes : taken) {
    if (const auto item = read_log_item(bytes)) visit(*item);
  }
}

}  // namespace spoor::agent
