// A replay for a person: how many events of each kind, what is missing of them, and the sessions.
// Counts only; the trail of a session is what a collector shows.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "agent/event_messages.h"
#include "agent/replay_output.h"

namespace spoor::agent {

class ReplayTable final : public ReplayOutput {
 public:
  explicit ReplayTable(TextOutput output);
  Status add(const Fact& fact, const Host& host) override;
  // Says all of it.
  Status finish() override;

 private:
  struct Session {
    uint32_t login_uid = kUnsetId;
    std::string account, login_name, from;
    int64_t first_ns = 0, last_ns = 0;
    uint64_t commands = 0, failed = 0;
  };
  using SessionName = std::tuple<std::string, uint32_t, uint32_t>;  // host, its boot, ses

  void add_session(const v1::Event& event, const Fact& fact, const Host& host);
  std::string sessions_text() const;

  TextOutput output_;
  EventMessages messages_;
  std::map<std::string, uint64_t> kinds_;    // by the name of Event.kind
  std::map<int, uint64_t> incomplete_;       // by Incomplete
  uint64_t losses_ = 0, lost_ = 0;
  std::map<SessionName, Session> sessions_;  // at most kReplaySessionsMax
  bool many_boots_ = false;
  uint64_t sessions_left_out_ = 0;           // events of sessions beyond that
};

}  // namespace spoor::agent
