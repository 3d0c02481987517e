// The processes that descend from one process, followed through the proc connector
// (linux/cn_proc.h). Messages about any other process are dropped unread.
// Owns its socket. One thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::test {

class ProcessTree {
 public:
  static Result<ProcessTree> listen();

  int socket() const { return socket_.get(); }
  // The process whose tree is followed; to be called before it can fork.
  void follow(uint32_t root) { alive_.insert(root); root_ = root; }
  // The next message about the tree as a line, `proc fork pid=…` or `proc exit pid=…`; empty: none.
  Result<std::string> next();
  // Nothing of the tree runs any more.
  bool is_over() const { return alive_.empty(); }
  const std::set<uint32_t>& alive() const { return alive_; }

 private:
  explicit ProcessTree(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;
  std::set<uint32_t> alive_;
  uint32_t root_ = 0;
};

}  // namespace spoor::test
