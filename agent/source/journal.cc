#include "agent/source/journal.h"

#include <systemd/sd-journal.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "agent/limits.h"
#include "agent/source/cgroup.h"
#include "common/clock.h"

namespace spoor::agent {
namespace {

// The programs that decode/auth_log.cc knows, by what they call themselves; /proc/PID/comm is that,
// cut to 15 bytes (proc_pid_comm(5)). Of systemd itself only the child that opens PAM sessions.
constexpr std::array<const char*, 35> kPrograms = {
    "sshd",      "sshd-session", "sshd-auth",       "sudo",     "su",
    "runuser",   "login",        "remote",          "pkexec",   "polkitd",
    "polkitd(authority=local)",  "polkit-agent-helper-1",       "systemd-logind",
    "(systemd)", "cron",         "CRON",            "crond",    "CROND",
    "crontab",   "atd",          "useradd",         "usermod",  "userdel",
    "groupadd",  "groupmod",     "groupdel",        "groupmems", "gpasswd",
    "passwd",    "chpasswd",     "chgpasswd",       "newusers", "chage",
    "chfn",      "chsh"};

// What journald says of its own, with _TRANSPORT=driver, which nobody else can write:
// sd-messages.h, SD_MESSAGE_JOURNAL_DROPPED.
constexpr std::string_view kDriver = "_TRANSPORT=driver";
constexpr std::string_view kDropped = "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e";

// Whose lines may be such that are read here. Sessions are scopes; of services the names of
// Debian's, Fedora's and openSUSE's.
bool may_log_logins(std::string_view unit) {
  if (!unit.ends_with(".service")) return true;
  for (const std::string_view begin :
       {"ssh", "cron", "atd", "user@", "getty@", "serial-getty@", "console-getty",
        "container-getty@", "systemd-logind", "polkit", "gdm", "lightdm", "sddm", "xdm", "greetd",
        "display-manager", "cockpit", "xrdp"}) {
    if (unit.starts_with(begin)) return true;
  }
  return false;
}

constexpr std::string_view kTag = "SYSLOG_IDENTIFIER=", kComm = "_COMM=";
constexpr size_t kCommMax = 15;

// `…;t=5f1c2a…;x=…`: its entry's time, in us.
int64_t time_of_cursor(std::string_view cursor) {
  constexpr std::string_view kTime = ";t=";
  const size_t at = cursor.find(kTime);
  uint64_t us = 0;
  if (at == cursor.npos) return 0;
  const char* const from = cursor.data() + at + kTime.size();
  std::from_chars(from, cursor.data() + cursor.size(), us, 16);
  return static_cast<int64_t>(std::min<uint64_t>(us, INT64_MAX / 1000)) * 1000;
}

Status failed(int error, const char* what) { return from_errno(-error, what); }

}  // namespace

void Journal::Close::operator()(sd_journal* journal) const { sd_journal_close(journal); }

Journal::Journal(std::string folder) : folder_(std::move(folder)) {}
Journal::~Journal() = default;

std::optional<int64_t> Journal::newest_ns(const std::string& folder) {
  sd_journal* opened = nullptr;
  const bool is_open =
      (folder.empty() ? sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY)
                      : sd_journal_open_directory(&opened, folder.c_str(), 0)) >= 0;
  const std::unique_ptr<sd_journal, Close> journal(opened);
  if (!is_open) return std::nullopt;
  uint64_t us = 0;
  const bool has_entry = sd_journal_seek_tail(opened) >= 0 && sd_journal_previous(opened) > 0 &&
                         sd_journal_get_realtime_usec(opened, &us) >= 0;
  if (has_entry) return static_cast<int64_t>(std::min<uint64_t>(us, INT64_MAX / 1000)) * 1000;
  const bool has_files = !folder.empty() || sd_journal_has_persistent_files(opened) > 0 ||
                         sd_journal_has_runtime_files(opened) > 0;
  return has_files ? std::optional<int64_t>(0) : std::nullopt;
}

bool Journal::read(int64_t now_ns, size_t bytes_max, const Sink& sink) {
  bool has_more = false;
  status_ = open();
  if (status_.is_ok()) status_ = begin(now_ns, sink);
  if (status_.is_ok()) status_ = read_on(bytes_max, has_more, sink);
  if (!status_.is_ok()) journal_.reset();
  return has_more;
}

Status Journal::open() {
  if (journal_ != nullptr) return ok();
  is_placed_ = was_sought_ = false;
  sd_journal* opened = nullptr;
  int result = folder_.empty() ? sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY)
                               : sd_journal_open_directory(&opened, folder_.c_str(), 0);
  journal_.reset(opened);
  if (result < 0) return failed(result, "opening the journal");
  // From here on the library is told of files that come and go (inotify(7)).
  result = sd_journal_get_fd(opened);
  if (result < 0) return failed(result, "watching the journal");
  // Compressed fields are unpacked so far, and no further.
  sd_journal_set_data_threshold(opened, kLogTextBytesMax + kLogFieldBytesMax);
  for (const std::string_view field : {kTag, kComm}) {
    for (const char* program : kPrograms) {
      std::string match = std::string(field) + program;
      if (match.starts_with(kComm)) match.resize(std::min(match.size(), kComm.size() + kCommMax));
      result = sd_journal_add_match(opened, match.data(), match.size());
      if (result < 0) return failed(result, "choosing lines of the journal");
    }
    result = sd_journal_add_disjunction(opened);
    if (result < 0) return failed(result, "choosing lines of the journal");
  }
  for (const std::string_view match : {kDriver, kDropped}) {
    result = sd_journal_add_match(opened, match.data(), match.size());
    if (result < 0) return failed(result, "choosing lines of the journal");
  }
  return ok();
}

// The entry that we are at was given, or is not to be.
bool Journal::stand_here() {
  char* text = nullptr;
  if (sd_journal_get_cursor(journal_.get(), &text) < 0) return false;
  cursor_ = text;
  std::free(text);
  return cursor_.size() <= kLogCursorBytesMax;
}

Status Journal::begin(int64_t now_ns, const Sink& sink) {
  if (is_placed_) return ok();
  if (!cursor_.empty()) return seek(sink);
  int result = sd_journal_seek_tail(journal_.get());
  if (result >= 0) result = sd_journal_previous(journal_.get());
  if (result < 0) return failed(result, "finding the journal's end");
  if (result == 0 || !stand_here()) {
    cursor_ = "@" + std::to_string(now_ns / 1000);
    result = sd_journal_seek_realtime_usec(journal_.get(), static_cast<uint64_t>(now_ns / 1000));
    if (result < 0) return failed(result, "finding the journal's end");
  }
  is_placed_ = true;
  sink(LogPosition{kOrigin, cursor_, false, 0});
  return ok();
}

// To the entry that was given last, so that the next one is next.
Status Journal::seek(const Sink& sink) {
  sd_journal* const journal = journal_.get();
  if (cursor_.starts_with('@')) {
    uint64_t from_us = 0;
    std::from_chars(cursor_.data() + 1, cursor_.data() + cursor_.size(), from_us);
    const int result = sd_journal_seek_realtime_usec(journal, from_us);
    is_placed_ = result >= 0;
    return is_placed_ ? ok() : failed(result, "finding our place in the journal");
  }
  // Not again before something has come: all files are looked at for it.
  int result = sd_journal_process(journal);
  if (result < 0) return failed(result, "watching the journal");
  if (std::exchange(was_sought_, true) && result == SD_JOURNAL_NOP) return ok();
  result = sd_journal_seek_cursor(journal, cursor_.c_str());
  if (result == -EINVAL) {  // it is none: begin as new
    cursor_.clear();
    return unavailable("the saved place in the journal is none");
  }
  if (result >= 0) result = sd_journal_next(journal);
  if (result < 0) return failed(result, "finding our place in the journal");
  if (result == 0) return ok();  // neither it nor one after it is there, yet
  is_placed_ = true;
  if (sd_journal_test_cursor(journal, cursor_.c_str()) > 0) return ok();
  // It was removed: what we are at is the oldest after it.
  uint64_t at_us = 0;
  result = sd_journal_get_realtime_usec(journal, &at_us);
  if (result < 0) return failed(result, "finding our place in the journal");
  const int64_t since_ns = time_of_cursor(cursor_);
  cursor_ = "@" + std::to_string(at_us);
  sink(LogPosition{kOrigin, cursor_, true, since_ns});
  give(sink);
  return ok();
}

Status Journal::read_on(size_t bytes_max, bool& has_more, const Sink& sink) {
  sd_journal* const journal = journal_.get();
  size_t given = 0;
  // What came and went since we looked; afterwards what that brought is read, too.
  for (bool looked = false; is_placed_;) {
    const int result = sd_journal_next(journal);
    if (result < 0) return failed(result, "reading the journal");
    if (result > 0) {
      given += give(sink);
      has_more = given >= bytes_max;
      if (has_more) return ok();
    } else if (std::exchange(looked, true)) {
      return ok();
    } else if (const int news = sd_journal_process(journal); news < 0) {
      return failed(news, "watching the journal");
    }
  }
  return ok();
}

// The value of a field, as far as `size_max`; empty where there is none.
bool Journal::take(const char* field, size_t size_max, std::string& value, bool* is_cut) {
  const void* data = nullptr;
  size_t size = 0;
  value.clear();
  if (sd_journal_get_data(journal_.get(), field, &data, &size) < 0) return false;
  std::string_view text(static_cast<const char*>(data), size);
  text.remove_prefix(std::min(text.find('=') + 1, text.size()));
  if (is_cut != nullptr) *is_cut = text.size() > size_max;
  value = text.substr(0, size_max);
  return true;
}

uint32_t Journal::take_number(const char* field, uint32_t otherwise) {
  uint32_t number = otherwise;
  if (take(field, 20, number_)) {
    std::from_chars(number_.data(), number_.data() + number_.size(), number);
  }
  return number;
}

// Its rate limit, by unit: journald-manager.c, manager_dispatch_message().
void Journal::give_dropped(int64_t since_ns, const Sink& sink) {
  constexpr std::string_view kFrom = " messages from ";
  (void)take("MESSAGE", kLogFieldBytesMax, message_);
  const size_t at = message_.find(kFrom);
  const uint32_t lines = take_number("N_DROPPED", 0);
  if (at == std::string::npos || lines == 0) return;
  if (!may_log_logins(std::string_view(message_).substr(at + kFrom.size()))) return;
  sink(LogPosition{kOrigin, cursor_, true, since_ns, lines});
}

// The entry that we are at. What it counts as.
size_t Journal::give(const Sink& sink) {
  const int64_t before_ns = time_of_cursor(cursor_);
  if (!stand_here()) return kLogLineCost;
  // Only what was handed to syslog(3) or sd_journal_print(3). What a program writes to its stdout
  // is no log: there sudo repeats what its user told it to (a prompt). Audit's records and the
  // kernel's messages are told elsewhere.
  (void)take("_TRANSPORT", kLogFieldBytesMax, number_);
  if (number_ == "driver" && take("MESSAGE_ID", kLogFieldBytesMax, number_) &&
      kDropped.ends_with(number_)) {
    give_dropped(before_ns, sink);
    return kLogLineCost;
  }
  if (number_ != "syslog" && number_ != "journal") return kLogLineCost;
  LogLine line;
  line.source = LogLine::Source::journal;
  line.origin = kOrigin;
  line.cursor = cursor_;
  uint64_t time_us = 0;
  if (take("_SOURCE_REALTIME_TIMESTAMP", 20, number_)) {
    std::from_chars(number_.data(), number_.data() + number_.size(), time_us);
  }
  if (time_us == 0) (void)sd_journal_get_realtime_usec(journal_.get(), &time_us);
  line.time_ns = static_cast<int64_t>(std::min<uint64_t>(time_us, INT64_MAX / 1000)) * 1000;
  line.pid = take_number("_PID", 0);
  line.uid = take_number("_UID", kUnsetId);
  line.tag_pid = take_number("SYSLOG_PID", 0);
  // A container may have the host's /dev/log: any program lies there at any path.
  (void)take("_SYSTEMD_CGROUP", kLogFieldBytesMax, number_);
  line.in_container = !parse_cgroup("0::" + number_ + "\n").runtime.empty();
  (void)take("_COMM", kLogFieldBytesMax, comm_);
  (void)take("_EXE", kLogFieldBytesMax, exe_);
  (void)take("SYSLOG_IDENTIFIER", kLogFieldBytesMax, tag_);
  (void)take("MESSAGE", kLogTextBytesMax, message_, &line.is_cut);
  line.comm = comm_;
  line.exe = exe_;
  line.tag = tag_;
  line.text = line.message = message_;
  sink(line);
  return kLogLineCost + message_.size();
}

}  // namespace spoor::agent
