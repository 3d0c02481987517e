// One connection's side of the protocol (docs/uplink.md) without the network: messages in, messages
// out. What is accepted goes to the intake; the writer's answers come back in through on_*.
//
// Not thread-safe: its connection calls it under a lock of its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/receive/intake.h"
#include "common/clock.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor::collector {

// Which log this is.
struct LogIdentity {
  Id id{};
  uint64_t generation = 1;
};

class ShipSession {
 public:
  // What to do after a call.
  struct Reply {
    std::vector<v1::ShipResponse> messages;  // to be sent, in this order
    bool read_on = false;                    // the next message may be read
    bool end = false;                        // end the call when all is sent
  };

  // `intake` and `clock` outlive the session.
  ShipSession(Intake& intake, const Clock& clock, LogIdentity log)
      : intake_(intake), clock_(clock), log_(log) {}

  // `self` is the connection, for the intake. Takes the block out of `request`.
  Reply on_message(const std::shared_ptr<Peer>& self, v1::ShipRequest& request);
  Reply on_resume(ResumeAnswer answer);
  Reply on_commit(const StreamHead& head, int64_t time_ns);
  Reply on_refused(const Refusal& refusal);
  Reply on_room();
  // Everything that was accepted is committed.
  bool all_durable() const;
  bool ended() const { return state_ == State::ended; }

 private:
  enum class State { expects_hello, awaits_resume, shipping, ended };

  Reply on_hello(const std::shared_ptr<Peer>& self, const v1::Hello& hello);
  Reply on_frame(const std::shared_ptr<Peer>& self, std::string block);
  Reply on_skip(const std::shared_ptr<Peer>& self, const v1::Skip& skip);
  Reply follow(const std::shared_ptr<Peer>& self, StreamState& stream, Verdict verdict,
               std::string block, const Hash& own_chain);
  Reply refuse(v1::Refuse::Code code, std::string text);
  v1::ShipResponse commit_point(const StreamHead& head, int64_t time_ns) const;

  Intake& intake_;
  const Clock& clock_;
  const LogIdentity log_;
  State state_ = State::expects_hello;
  std::string agent_;
  std::map<Id, StreamState> streams_;
};

}  // namespace spoor::collector
