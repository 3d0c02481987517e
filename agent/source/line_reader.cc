#include "agent/source/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "agent/limits.h"
#include "common/quoting.h"

namespace spoor::agent {
namespace {

// Beyond this, larger reads save nothing (the copy costs more than the call).
constexpr size_t kReadBytes = 128u << 10;
// What tells a kind of file.
constexpr size_t kHeadBytes = 16;

}  // namespace

LineReader::LineReader(UniqueFd fd) : fd_(std::move(fd)), buffer_(2 * kReadBytes, '\0') {}

Result<LineReader> LineReader::open(const std::string& path) {
  UniqueFd file(path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                            : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) return from_errno(errno, path == "-" ? "standard input" : visible(path));
  return LineReader(std::move(file));
}

// Moves what is left to the front, makes room, and reads once.
void LineReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    looked_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_ < kReadBytes) buffer_.resize(buffer_.size() * 2);
  ssize_t got = 0;
  do {
    got = read(fd_.get(), buffer_.data() + end_, kReadBytes);
  } while (got < 0 && errno == EINTR);
  if (got < 0) status_ = from_errno(errno, "reading");
  at_end_ = got <= 0;
  if (at_end_) return;
  end_ += static_cast<size_t>(got);
  bytes_read_ += static_cast<uint64_t>(got);
}

// The next `size` bytes; `end` is where the line after them begins.
std::string_view LineReader::take(size_t size, size_t end) {
  if (size > kLogLineBytesMax) {
    size = kLogLineBytesMax;
    ++lines_cut_;
  }
  std::string_view line(buffer_.data() + begin_, size);
  begin_ = looked_ = end;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view LineReader::head() {
  while (!at_end_ && end_ - begin_ < kHeadBytes) fill();
  return {buffer_.data() + begin_, end_ - begin_};
}

std::optional<std::string_view> LineReader::next() {
  for (;;) {
    const void* const found = std::memchr(buffer_.data() + looked_, '\n', end_ - looked_);
    if (found != nullptr) {
      const auto at = static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
      if (!std::exchange(skipping_, false)) return take(at - begin_, at + 1);
      begin_ = looked_ = at + 1;
      continue;
    }
    looked_ = end_;
    if (skipping_) begin_ = end_;
    if (end_ - begin_ > kLogLineBytesMax) {
      skipping_ = true;
      return take(end_ - begin_, end_);
    }
    if (at_end_) {
      if (begin_ == end_) return std::nullopt;
      return take(end_ - begin_, end_);
    }
    fill();
  }
}

}  // namespace spoor::agent
