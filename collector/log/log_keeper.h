// Makes the log small, behind its writer: seals closed segments (docs/log.md), the oldest first.
//
// Invariant: whatever a crash leaves, each entry is there once for who opens the log. A sealed
// segment is written under another name, synced, read again whole, named, and its name synced,
// before the plain one is no part of the log any more and goes. Where both are found, the sealed
// one counts if it is whole.
//
// A thread of its own; the log outlives it.
#pragma once

#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "collector/log/log.h"
#include "collector/log/segment_sealer.h"

namespace spoor::collector {

class LogKeeper {
 public:
  explicit LogKeeper(Log& log) : log_(log) {}

  // Seals one segment. False: there is none to be sealed.
  Result<bool> step(const SealPace& pace);
  // Steps until it is to stop, at most kSealBytesPerS and with the lowest priority.
  void run(const std::stop_token& stop);

 private:
  struct Closed {
    EventClass event_class{};
    Log::Segment segment;
  };
  std::optional<Closed> oldest();
  Status seal(const Closed& closed, const SealPace& pace);
  Result<uint64_t> make(const Closed& closed, const std::string& plain,
                        const std::string& unfinished, const SealPace& pace);
  Status find_room(const std::string& path, uint64_t bytes);
  void replace(const Closed& closed, uint64_t bytes);

  Log& log_;
  // By class and first number: what stays as it is, for people.
  std::set<std::pair<EventClass, uint64_t>> left_;
};

}  // namespace spoor::collector
