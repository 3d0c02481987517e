// The Unix socket between the collector and its CA: one connection, one packet each way
// (SOCK_SEQPACKET, unix(7)), at most kAuthorityPacketMax. Who asks is told by the kernel
// (SO_PEERCRED), not by what is sent. Nobody waits for the other longer than 5 s.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::collector {

class PacketListener {
 public:
  // Takes the place of a dead one's socket. Mode 0666: the peers' uids decide.
  static Result<PacketListener> open(const std::string& path, std::vector<uid_t> peers);

  // Waits for one connection and answers its question; false when `stop_fd` became readable
  // instead. A peer that is not one of the list, says nothing or too much is sent away and logged.
  bool serve_one(int stop_fd, const std::function<std::string(std::string_view)>& answer);
  int fd() const { return fd_.get(); }

 private:
  PacketListener(UniqueFd fd, std::vector<uid_t> peers)
      : fd_(std::move(fd)), peers_(std::move(peers)) {}
  bool is_peer(int connection) const;

  UniqueFd fd_;
  std::vector<uid_t> peers_;
};

// One question and its answer. `unavailable` when nobody is there, or it takes too long.
Result<std::string> ask(const std::string& path, std::string_view question);

}  // namespace spoor::collector
