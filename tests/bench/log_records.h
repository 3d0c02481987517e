// A generated log (tests/bench/generated_log.py) in memory, as the records that the kernel would
// hand over: for benchmarks that measure one stage and no file.
#pragma once

#include <string>
#include <vector>

#include "agent/model.h"

namespace spoor::agent {

class LogRecords {
 public:
  // Aborts where the log cannot be read or holds no record.
  explicit LogRecords(const std::string& path);
  LogRecords(const LogRecords&) = delete;
  LogRecords& operator=(const LogRecords&) = delete;

  const std::vector<Datagram>& all() const { return records_; }

 private:
  std::string text_;  // what the records point into
  std::vector<Datagram> records_;
};

}  // namespace spoor::agent
