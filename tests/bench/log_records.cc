#include "tests/bench/log_records.h"

#include <algorithm>

#include "agent/source/replay.h"
#include "common/files.h"

namespace spoor::agent {

LogRecords::LogRecords(const std::string& path) {
  PosixFiles files;
  auto text = read_file(files, path, 1u << 30);
  CHECK(text.is_ok());
  text_ = std::move(text).value();
  std::string_view left = text_;
  while (!left.empty()) {
    const size_t end = std::min(left.find('\n'), left.size());
    const auto item = parse_replay_line(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
    if (item.is_ok() && std::holds_alternative<Datagram>(*item)) {
      records_.push_back(std::get<Datagram>(*item));
    }
  }
  CHECK(!records_.empty());
}

}  // namespace spoor::agent
