// Makes objects of facts: a session and its trail from the session's events. Pure: the same events
// give the same trail, however often they are folded, over frames, days and restarts of the agent.
//
// Plain data; strings are copies, `event` is shared with the index.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "collector/index/index.h"

namespace spoor::collector {

// One program that ran, or failed to start.
struct Command {
  // The numbers of spoor.v1.Command.End.
  enum class End : uint8_t { unknown, exited, signaled, replaced, failed_start };

  IndexedEvent started;  // its CommandStarted
  uint64_t number = 0;   // in this trail, from 1
  uint64_t parent = 0;   // 0: none in this trail
  uint32_t depth = 0;
  int64_t started_ns = 0;
  int64_t ended_ns = 0;  // 0: not known
  End end = End::unknown;
  uint32_t exit_code = 0;
  uint32_t signal = 0;
  bool core_dumped = false;
  uint32_t uid = 0;      // effective
  bool as_root = false;  // effective uid 0 while the login uid is not
  bool other_user = false;
  std::vector<v1::Incomplete> incomplete;  // of its start and its end
};

// A hole, standing where it begins: behind the event of this order.
struct TrailLoss {
  IndexedEvent event;
  uint64_t order = 0;
};

// Any other event of the session: authentication, privilege and the like.
struct OtherEvent {
  IndexedEvent event;
};

// Its texts are cut at kSummaryTextMax.
struct SessionSummary {
  SessionRow row;
  std::optional<uint32_t> login_uid;
  std::string login_name;
  v1::SessionOpened::Type type = v1::SessionOpened::TYPE_UNSPECIFIED;
  v1::Endpoint source;
  std::string terminal;
  std::string method;
  std::string key_fingerprint;
  int64_t ended_ns = 0;  // 0: not known to have ended
  bool opening_seen = false;
  uint64_t commands = 0;
  uint64_t commands_as_root = 0;
  uint64_t commands_failed = 0;   // exit code, signal, or a start that failed
  uint64_t commands_running = 0;  // no end seen
  uint64_t losses = 0;
  uint64_t events_incomplete = 0;
};

struct Trail {
  SessionSummary session;
  // In order: (epoch, order), a loss behind the last event before it.
  std::vector<std::variant<Command, TrailLoss, OtherEvent>> items;
};

// True once the caller has gone or its deadline has passed.
using IsCancelled = std::function<bool()>;

// `events` is what Index::session_events gave for the row. `unavailable` when cancelled.
Result<Trail> fold(const SessionRow& row, const std::vector<IndexedEvent>& events,
                   const IsCancelled& is_cancelled);

}  // namespace spoor::collector
