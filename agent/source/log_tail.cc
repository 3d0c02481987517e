// How the next file is found. The files that a log was rotated into have an order by their names;
// ours is among them by its inode, and what comes behind it is next:
//
//   auth.log.2   auth.log.1   auth.log           auth.log.1 (copy)   auth.log (truncated)
//                  ▲ we         ▲ then              ▲ we, by the bytes     ▲ then, from 0
//                                                     before our offset
//
// Whoever writes may go on in a renamed file for a while. Once there is something in the next one,
// all that was written to ours is there to be read: so it is read to its end once more, and left.
//
// All of this goes on while we look, and a reader that did not get the processor meets several
// rotations at once. So a name is only believed when two looks agree and the file that it opens is
// the one that was seen; everything else is looked at again later, and a loss is told only of what
// stood still and was not there.
#include "agent/source/log_tail.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/limits.h"
#include "agent/source/log_text.h"
#include "common/clock.h"

namespace spoor::agent {
namespace {

constexpr size_t kReadBytes = 64u << 10;
static_assert(kReadBytes > 2 * kLogTextBytesMax);
// More is not asked for than there was at the last look, and what may have come since: room is
// zeroed before it is read into.
constexpr uint64_t kGrowthBytes = 4u << 10;
// A file that has a name and is not found was moved while we looked, or to another folder.
constexpr int kMissedMax = 3;
// Which file comes behind ours is said by its name. One that is older than ours by so much is left
// from a time when names were given otherwise.
constexpr int64_t kStaleNs = 3600 * kNsPerSecond;

// Fewer bytes at the end of the file; none after a failure, and errno. In one call: between two the
// file could be truncated and written anew.
bool read_at(int fd, uint64_t offset, size_t size, std::string& out) {
  out.resize(size);
  ssize_t got = 0;
  do {
    got = ::pread(fd, out.data(), size, static_cast<off_t>(offset));
  } while (got < 0 && errno == EINTR);
  out.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return got >= 0;
}

bool is_unchanged(const LogGeneration& a, const LogGeneration& b) {
  return is_same_file(a, b) && a.size == b.size && a.modified_ns == b.modified_ns;
}

}  // namespace

LogTail::LogTail(std::string path) : path_(std::move(path)) {}

void LogTail::resume(std::string_view cursor) {
  const auto place = LogPlace::parse(cursor);
  has_place_ = place.has_value();
  if (place) place_ = *place;
}

bool LogTail::read(int64_t now_ns, size_t bytes_max, const Sink& sink) {
  size_t given = 0;
  status_ = ok();
  while (given < bytes_max) {
    if (!fd_.is_open() && !find(now_ns, sink)) return false;
    switch (step(now_ns, bytes_max, given, sink)) {
      case Step::more: break;
      case Step::truncated:
        if (!on_truncated(sink)) return false;
        break;
      case Step::end:
        if (!next_file(now_ns, sink)) return false;
    }
  }
  return true;
}

// ------------------------------------------------------------------ where we stand

bool LogTail::find(int64_t now_ns, const Sink& sink) {
  if (!has_place_) return begin_first(now_ns, sink);
  LogGeneration file;
  UniqueFd fd = open_log(path_, file);
  status_ = fd.is_open() || errno == ENOENT ? ok() : from_errno(errno, path_);
  if (!status_.is_ok()) return false;
  if (place_.inode == 0 && !fd.is_open()) return false;  // still none
  const auto files = log_generations(path_);
  if (!files.is_ok()) return false;
  was_moved_ = false;
  if (place_.inode != 0 && find_again(*files)) return true;
  return !was_moved_ && go_on_without(*files, sink);
}

// Not open where the name has become another file's: who looks for something looks again.
UniqueFd LogTail::open_generation(const LogGeneration& file, LogGeneration& opened) {
  UniqueFd fd = open_log(file.path, opened);
  const bool is_it = fd.is_open() && is_same_file(opened, file);
  was_moved_ |= !is_it && (fd.is_open() || errno == ENOENT);
  return is_it ? std::move(fd) : UniqueFd();
}

bool LogTail::begin_first(int64_t now_ns, const Sink& sink) {
  LogGeneration file;
  UniqueFd fd = open_log(path_, file);
  status_ = fd.is_open() || errno == ENOENT ? ok() : from_errno(errno, path_);
  if (!status_.is_ok()) return false;
  has_place_ = true;
  place_ = LogPlace();
  place_.modified_ns = now_ns;
  if (fd.is_open()) {
    begin_at(std::move(fd), file, file.size);
    std::string last;
    const bool in_line = file.size > 0 && read_at(fd_.get(), file.size - 1, 1, last) &&
                         last != "\n";
    place_.in_cut_line = in_line;
  }
  give_position(false, 0, sink);
  return fd_.is_open();
}

bool LogTail::is_ours(const LogGeneration& file) const {
  return file.device == place_.device && file.inode == place_.inode;
}

bool LogTail::has_our_bytes(int fd, uint64_t size) const {
  std::string bytes;
  return size >= place_.offset &&
         read_at(fd, place_.offset - place_.mark_bytes(), place_.mark_bytes(), bytes) &&
         bytes.size() == place_.mark_bytes() && LogPlace::mark_of(bytes) == place_.mark;
}

// By its inode, or, where our file was copied and truncated, by what stands before our place.
bool LogTail::find_again(const Generations& files) {
  for (const bool by_inode : {true, false}) {
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
      if (is_ours(*file) != by_inode) continue;
      LogGeneration opened;
      UniqueFd fd = open_generation(*file, opened);
      if (!fd.is_open()) continue;
      const bool is_it = by_inode ? has_our_bytes(fd.get(), opened.size)
                                  : continues_in(fd.get(), opened.size);
      if (!is_it) continue;
      stand_in(std::move(fd), opened);
      return true;
    }
  }
  return false;
}

// Our file is nowhere, or there was none: whatever was written after we looked is new.
bool LogTail::go_on_without(const Generations& files, const Sink& sink) {
  const int64_t since_ns = place_.modified_ns;
  for (const LogGeneration& file : files) {
    if (file.modified_ns <= since_ns && file.path != path_) continue;
    LogGeneration opened;
    UniqueFd fd = open_generation(file, opened);
    if (was_moved_) return false;
    if (!fd.is_open()) continue;
    const bool had_one = place_.inode != 0;
    begin_at(std::move(fd), opened, 0);
    if (had_one) give_position(true, since_ns, sink);
    return true;
  }
  return false;
}

bool LogTail::on_truncated(const Sink& sink) {
  const int64_t since_ns = place_.modified_ns;
  auto others = log_generations(path_);
  if (others.code() == Code::unavailable) return false;
  was_moved_ = false;
  if (others.is_ok()) {
    std::erase_if(*others, [this](const LogGeneration& file) { return is_ours(file); });
    if (find_again(*others)) return true;
    if (was_moved_) return false;
  }
  LogGeneration file;
  (void)describe_log(fd_.get(), file);
  begin_at(std::move(fd_), file, 0);
  give_position(true, since_ns, sink);
  return true;
}

void LogTail::stand_in(UniqueFd fd, const LogGeneration& file) {
  fd_ = std::move(fd);
  place_.device = file.device;
  place_.inode = file.inode;
  place_.modified_ns = file.modified_ns;
  buffer_.clear();
  rest_ = 0;
  at_end_ = is_leaving_ = false;
  seen_next_ = LogGeneration();
  times_missed_ = 0;
}

void LogTail::begin_at(UniqueFd fd, const LogGeneration& file, uint64_t offset) {
  stand_in(std::move(fd), file);
  place_.offset = offset;
  place_.in_cut_line = false;
  std::string before;
  (void)read_at(fd_.get(), offset - place_.mark_bytes(), place_.mark_bytes(), before);
  place_.mark = LogPlace::mark_of(before);
  // What has no bytes before our place is known again by those behind it.
  if (offset == 0) (void)read_at(fd_.get(), 0, LogPlace::kMarkBytes, buffer_);
}

// ------------------------------------------------------------------ lines

LogTail::Step LogTail::step(int64_t now_ns, size_t bytes_max, size_t& given, const Sink& sink) {
  LogGeneration file;
  (void)describe_log(fd_.get(), file);
  if (file.size < place_.offset) return Step::truncated;
  if (at_end_ && is_unchanged(file, seen_)) return Step::end;
  at_end_ = false;
  const std::string rest = buffer_.substr(std::exchange(rest_, 0));
  const auto before = static_cast<size_t>(place_.mark_bytes());
  const size_t wanted =
      before + std::min<uint64_t>(kReadBytes, file.size - place_.offset + kGrowthBytes);
  if (!read_at(fd_.get(), place_.offset - before, wanted, buffer_)) {
    status_ = from_errno(errno, path_);
    return Step::end;
  }
  const std::string_view bytes(buffer_);
  if (bytes.size() < before || LogPlace::mark_of(bytes.substr(0, before)) != place_.mark ||
      !bytes.substr(before).starts_with(rest)) {
    buffer_ = rest;
    return Step::truncated;
  }
  place_.modified_ns = file.modified_ns;
  const bool is_all = buffer_.size() < wanted;
  size_t at = before;
  for (size_t end; given < bytes_max; at = end + 1) {
    end = buffer_.find('\n', at);
    if (end == buffer_.npos) break;
    given += end + 1 - at + kLogLineCost;
    give(at, end, end + 1, now_ns, sink);
  }
  rest_ = buffer_.size();
  if (given >= bytes_max) return Step::more;
  take_rest(at, now_ns, given, sink);
  if (!is_all) return Step::more;
  at_end_ = true;
  seen_ = file;
  return Step::end;
}

// What begins at `at` of the buffer and has no end yet: waited for, as long as it may be a line.
void LogTail::take_rest(size_t at, int64_t now_ns, size_t& given, const Sink& sink) {
  rest_ = at;
  const size_t size = buffer_.size() - at;
  if (size == 0 || (!place_.in_cut_line && size <= kLogTextBytesMax)) return;
  given += size;
  give(at, buffer_.size(), buffer_.size(), now_ns, sink);
  place_.in_cut_line = true;
  rest_ = buffer_.size();
}

// The bytes from..to of the buffer are a line, or what a cut one left; with them all before `end`
// is done.
void LogTail::give(size_t from, size_t to, size_t end, int64_t now_ns, const Sink& sink) {
  place_.offset += end - from;
  place_.mark = LogPlace::mark_of(std::string_view(buffer_).substr(0, end));
  const bool is_rest = std::exchange(place_.in_cut_line, false);
  if (is_rest) return;
  const bool is_cut = to - from > kLogTextBytesMax;
  const size_t size = std::min(to - from, kLogTextBytesMax);
  LogLine line = read_log_text(std::string_view(buffer_).substr(from, size), now_ns);
  line.is_cut = is_cut;
  line.origin = path_;
  place_.in_cut_line = is_cut && end == to;
  cursor_ = place_.text();
  line.cursor = cursor_;
  sink(line);
}

void LogTail::give_position(bool lines_lost, int64_t since_ns, const Sink& sink) {
  cursor_ = place_.text();
  sink(LogPosition{path_, cursor_, lines_lost, since_ns});
}

// ------------------------------------------------------------------ the next file

// The one that comes behind ours; null: none yet, or it is not known yet.
const LogGeneration* LogTail::successor(const Generations& files) {
  const auto ours = std::find_if(files.begin(), files.end(),
                                 [this](const LogGeneration& file) { return is_ours(file); });
  if (ours != files.end()) {
    times_missed_ = 0;
    const auto next = std::find_if(ours + 1, files.end(), [this](const LogGeneration& file) {
      return file.path == path_ || file.modified_ns >= place_.modified_ns - kStaleNs;
    });
    return next != files.end() ? &*next : nullptr;
  }
  struct stat info{};
  const bool has_name = ::fstat(fd_.get(), &info) == 0 && info.st_nlink > 0;
  if (has_name && ++times_missed_ < kMissedMax) return nullptr;
  return !files.empty() && files.back().path == path_ ? &files.back() : nullptr;
}

// At the end of ours: whether there is a next one that we now stand in, or the last of ours is to
// be read before.
bool LogTail::next_file(int64_t now_ns, const Sink& sink) {
  struct stat info{};
  if (::stat(path_.c_str(), &info) != 0) return false;
  LogGeneration named;
  named.device = info.st_dev;
  named.inode = info.st_ino;
  named.size = static_cast<uint64_t>(info.st_size);
  if (is_ours(named) || is_unchanged(named, seen_next_)) return false;
  const auto files = log_generations(path_);
  if (!files.is_ok()) return false;
  const LogGeneration* const next = successor(*files);
  if (next == nullptr || (next->path == path_ && next->size == 0)) {
    if (named.size == 0 && times_missed_ == 0) seen_next_ = named;
    return false;
  }
  if (!std::exchange(is_leaving_, true)) {
    at_end_ = false;
    return true;
  }
  LogGeneration opened;
  was_moved_ = false;
  UniqueFd fd = open_generation(*next, opened);
  if (!fd.is_open() && !was_moved_) status_ = from_errno(errno, next->path);
  std::string first;
  const size_t some = std::min<uint64_t>(next->size, LogPlace::kMarkBytes);
  if (!fd.is_open() || !read_at(fd.get(), 0, some, first)) return false;
  if (opened.size < next->size || first.size() < some) return false;  // truncated just now
  if (continues_in(fd.get(), opened.size)) {
    stand_in(std::move(fd), opened);
    return true;
  }
  // Ours may be a copy, which was not finished when we read it, and is since.
  LogGeneration ours_now;
  (void)describe_log(fd_.get(), ours_now);
  if (!is_unchanged(ours_now, seen_)) {
    at_end_ = false;
    return true;
  }
  if (rest_ < buffer_.size()) give(rest_, buffer_.size(), buffer_.size(), now_ns, sink);
  begin_at(std::move(fd), opened, 0);
  return true;
}

// A file with the same lines goes on where ours ended: one put in the place of ours (`sed -i`), or
// the one that ours is a copy of, as yet unfinished.
bool LogTail::continues_in(int fd, uint64_t size) const {
  const std::string_view rest = std::string_view(buffer_).substr(rest_);
  std::string bytes;
  return place_.offset + rest.size() > 0 && has_our_bytes(fd, size) &&
         read_at(fd, place_.offset, rest.size(), bytes) && bytes == rest;
}

}  // namespace spoor::agent
