// The uplink's core as a state machine: reads the spool, ships it over a Link, brings commits back.
// Makes no thread, waits for nothing, asks the system for no time: whoever owns it calls step() and
// sleeps in between, so that the simulation runs many of them on one thread.
//
//   pausing ─► opened (the spool) ─► greeted (Hello sent) ─► shipping ─► pausing …
//
// Files, clock and transport outlive it. One thread.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/uplink/address_book.h"
#include "agent/uplink/backoff.h"
#include "agent/uplink/commit_outbox.h"
#include "agent/uplink/config.h"
#include "agent/uplink/epoch_ends.h"
#include "agent/uplink/spool_reader.h"
#include "agent/uplink/transport.h"
#include "agent/uplink/window.h"
#include "common/clock.h"
#include "common/frame/chain_marks.h"

namespace spoor::uplink {

class Shipper {
 public:
  // When step() is due again.
  struct Next {
    int64_t wait_ms = 0;
    // Nothing but time ends this wait; else a growing spool does, too.
    bool is_pause = false;
    // The spool was opened anew: watch_folders() are to be watched before the next step.
    bool is_opened = false;
  };

  // `config.host` is not empty. `seed`: two hosts must not pause alike.
  Shipper(Files& files, const Clock& clock, Transport& transport, Config config, uint64_t seed);

  // Does what can be done now. Whatever fails ends the connection, and the next begins after a
  // growing pause. `grown`: what is known to be new in the spool; every two seconds all of it is
  // looked at.
  Next step(const Growths& grown = kAnyGrowth);
  // Ends the connection and writes the commits that wait.
  void close();

  std::vector<std::string> watch_folders() const;
  // What was sent and is not committed.
  size_t window_bytes() const { return window_.bytes(); }

  // For who does not know.
  static constexpr Growths kAnyGrowth = {Growth::any, Growth::any, Growth::any, Growth::any};

 private:
  enum class State { pausing, opened, greeted, shipping };

  Result<Next> advance();
  Next pause_after(const Status& status);
  Status open_spool();
  Status greet();
  Result<v1::ShipRequest> hello();
  Status offer(EventClass c, v1::StreamOffer& to);
  Result<Next> await_resume();
  Result<Next> ship();
  Status send(const v1::ShipRequest& request);
  Status broken() const;
  Status refused(const v1::Refuse& refuse);
  Status resume(const v1::Resume& resume);
  Status bind_log(const std::string& log_id);
  int64_t wait_after_failure_ms();
  Status take_responses();
  Status take_commit(const v1::CommitPoint& commit);
  Status end_waits_for_new_epochs();
  Status ship_some(EventClass c);
  bool has_more() const;
  Status send_frame(SpooledFrame& frame);
  void learn_ours(EventClass c);
  bool is_ours(EventClass c) const;
  bool is_end_ours(EventClass c) const;
  Status send_skips(const SpooledFrame& frame);
  Status send_checkpoint_skip(const SpooledFrame& frame);
  Status send_skip(const SpooledFrame& frame, StreamPoint previous, const EpochEnds::Hole& hole,
                   v1::Loss::Cause cause);
  Status send_status();
  void load_memory();
  void save_epoch_ends();
  void say(const Status& status);

  Files& files_;
  const Clock& clock_;
  Transport& transport_;
  const Config config_;
  CommitOutbox outbox_;
  Backoff backoff_;
  AddressBook addresses_;
  EpochEnds epoch_ends_;
  // The last commit of each stream: what this host was promised, over restarts of ours, too, since
  // the note for the agent is also our memory.
  std::array<std::optional<CommitNote>, kEventClasses> last_commit_;
  // What was sent of each stream, acknowledged or not: where the log ends is one of these, or it is
  // not of our history.
  std::array<ChainMarks, kEventClasses> ours_;
  // A stream whose history went apart from the log's rests until its agent has had time to begin a
  // new epoch, so that the others go on meanwhile. Boottime; 0: it does not.
  std::array<int64_t, kEventClasses> rests_until_ns_{};
  bool is_loaded_ = false;
  std::set<std::string> said_;  // since the last commit
  uint64_t bytes_sent_ = 0;
  uint64_t connects_ = 0;
  int64_t asked_wait_ms_ = 0;  // by the last Refuse
  bool asked_elsewhere_ = false;  // it named other addresses
  int64_t paused_until_ns_ = 0;

  // Of the connection that lives.
  State state_ = State::pausing;
  std::unique_ptr<SpoolReader> reader_;
  std::unique_ptr<Link> link_;
  Id log_id_{};  // of the connection
  Window window_;
  std::array<StreamPoint, kEventClasses> sent_;
  std::array<Hash, kEventClasses> sent_chain_{};  // at that point
  Growths unread_{};  // what was not looked at since
  int64_t look_due_ns_ = 0;
  std::array<StreamPoint, kEventClasses> offered_;  // the end of what the spool held
  Id boot_id_{};
  // The log has more than was offered, and the agent had not begun in this boot: what that means
  // can be judged when it has.
  bool awaits_agent_ = false;
  int64_t resume_due_ns_ = 0;
  int64_t status_due_ns_ = 0;
};

}  // namespace spoor::uplink
