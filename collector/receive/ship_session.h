// One connection's side of the protocol (docs/uplink.md) without the network: messages in, messages
// out. What is accepted goes to the intake; the writer's answers come back in through on_*.
//
// Not thread-safe: its connection calls it under a lock of its own.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/receive/intake.h"
#include "collector/receive/log_door.h"
#include "common/clock.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor::collector {

// Who is at the other end, as far as the network knows; the Hello says the rest.
struct PeerFacts {
  std::string address;
  bool is_tls = false;              // not: a Unix socket
  std::string certificate;          // its serial in hex; empty: none that is good
  std::string agent;                // the certificate's name for it
  std::optional<Id> machine_id;     // the one that the certificate is bound to
};

class ShipSession {
 public:
  // What to do after a call.
  struct Reply {
    std::vector<v1::ShipResponse> messages;  // to be sent, in this order
    bool read_on = false;                    // the next message may be read
    bool has_untold = false;                 // commits wait for on_commits_due()
    bool end = false;                        // end the call when all is sent
  };

  // Takes what an uplink says of itself and its agent.
  using KeepStatus =
      std::function<void(const std::string& agent, const v1::Status& status, Instant received)>;

  // `intake` and `clock` outlive the session.
  ShipSession(Intake& intake, const Clock& clock, LogIdentity log, PeerFacts peer = {},
              KeepStatus keep_status = {})
      : intake_(intake),
        clock_(clock),
        log_(std::move(log)),
        peer_(std::move(peer)),
        keep_status_(std::move(keep_status)) {}

  // `self` is the connection, for the intake. Takes the block out of `request`.
  Reply on_message(const std::shared_ptr<Peer>& self, v1::ShipRequest& request);
  Reply on_resume(ResumeAnswer answer);
  // Where it `may_wait` and the agent is quiet, the commit is told with the next ones.
  Reply on_commit(const StreamHead& head, int64_t time_ns, bool may_wait = false);
  Reply on_commits_due();
  // The uplink says nothing more: its commits do not wait.
  Reply on_hung_up();
  Reply on_refused(const Refusal& refusal);
  Reply on_room();
  // Its Hello was taken, and nothing was refused since.
  bool is_accepted() const {
    return state_ == State::awaits_resume || state_ == State::shipping;
  }
  // Everything that was accepted is committed.
  bool all_durable() const;
  bool ended() const { return state_ == State::ended; }
  // The collector's name for who speaks; empty before Resume.
  const std::string& agent() const { return agent_; }

 private:
  enum class State { expects_hello, awaits_resume, shipping, ended };

  Reply on_hello(const std::shared_ptr<Peer>& self, const v1::Hello& hello);
  Reply on_frame(const std::shared_ptr<Peer>& self, std::string block);
  Reply on_skip(const std::shared_ptr<Peer>& self, const v1::Skip& skip);
  Reply follow(const std::shared_ptr<Peer>& self, StreamState& stream, Verdict verdict,
               std::string block, const Hash& own_chain);
  void tell_fork(const std::shared_ptr<Peer>& self, const StreamState& stream,
                 const FrameHead& frame);
  void know_agents_epoch(StreamState& of) const;
  bool may_wait_with(const StreamHead& head) const;
  Reply refuse(v1::Refuse::Code code, std::string text);
  Reply refuse_until_anew();
  v1::ShipResponse commit_point(const StreamHead& head, int64_t time_ns,
                                CommitWish wish = CommitWish::none) const;

  Intake& intake_;
  const Clock& clock_;
  LogIdentity log_;  // the generation is that of the Resume
  const PeerFacts peer_;
  const KeepStatus keep_status_;
  State state_ = State::expects_hello;
  std::string agent_;
  Id machine_id_{};  // as its Hello says, and its certificate where it has one
  std::map<Id, StreamState> streams_;
  // What was taken since a moment that is begun anew after each kJoinCommitsNs; boottime.
  size_t bytes_of_late_ = 0;
  int64_t of_late_since_ns_ = 0;
  std::map<Id, int64_t> untold_;  // streams with a commit that waits, and when it was made
  std::optional<int64_t> told_ns_;  // when one was told last; boottime
  bool has_hung_up_ = false;
};

}  // namespace spoor::collector
