// Where a host's word and the log contradict one another (docs/uplink.md, "When log and spool went
// apart"): a host that was rolled back, a log that was, two hosts with one identity. Judged here,
// answered and told by the log writer. Pure values; whoever owns them calls from one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "collector/limits.h"
#include "collector/receive/stream_state.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

// Who is at the other end of a connection.
struct Speaker {
  std::string host;         // what it calls itself
  Id machine_id{};
  Id boot_id{};
  std::string address;      // as the network says; empty: not known
  std::string certificate;  // its serial in hex; empty: a Unix socket
  std::string agent;        // the certificate's name; empty: a Unix socket
  // Its agent began an epoch in this boot: what a power cut took lies behind that.
  bool agent_has_begun = false;
  // It was bound to another log, and leaves that.
  std::optional<Id> left_log = {};
};

// The point at which the offer shows that the host forgot what it had sent: it has begun an epoch
// of the log's anew, holds of one what the log has passed over, or ends below the log; the last not
// before its agent has begun in this boot. nullopt: it does not.
std::optional<OfferedEpoch> rolled_back_host(const StreamOffer& offer, const StreamHead& in_log,
                                             const PastEpochs& past, bool agent_has_begun);

// Whether the log lacks a point that it promised in this note, or is of an older generation. What a
// generation before ours lost was told when ours began. A log that came back older and was led on
// by somebody else's frames lacks it, too, as far as the points at which it stood are known. The
// signature is not looked at.
bool shows_older_log(const CommitNote& note, const StreamHead& in_log, const PastEpochs& past,
                     const LatePoints& points, uint64_t generation);

// Tells two hosts with one identity from one that starts anew, by the boots in which a stream's
// frames were written: a boot that another one had replaced and that writes again shows that both
// live, as soon as the other comes again, too. Who wrote second is the clone. A Hello alone shows
// nothing: it may name any boot, and who has the host's key could make the host the clone by it.
class Boots {
 public:
  // A frame that is in the log.
  void wrote(const Id& boot);
  // True: this boot is the clone's.
  bool is_clone(const Id& boot) const { return boot == suspected_ && suspected_ != Id{}; }

 private:
  Id current_{};
  Id replaced_{};   // by the current one
  Id suspected_{};  // had replaced the one that then wrote again
};

// How often log and stream went apart lately: once for each place where the log stood, and there
// once more each kAskedInVainNs for a host that has begun a newer epoch since it was asked, and
// contradicts the log as before.
class ConflictCount {
 public:
  struct Counted {
    uint32_t count = 0;   // since the first within kConflictsTimeNs
    bool is_new = false;  // to be told: another place, somebody else's, or obeyed in vain
  };
  // `newest_epoch`: that was offered; 0: not known.
  Counted add(const StreamHead& at, const Speaker& speaker, uint64_t newest_epoch,
              int64_t boottime_ns);
  // 0: of late it was not there that this one contradicted the log.
  uint32_t count_at(const StreamHead& at, const Speaker& speaker, int64_t boottime_ns) const;

 private:
  bool is_over(int64_t boottime_ns) const {
    return count_ == 0 || boottime_ns - since_ns_ > kConflictsTimeNs;
  }
  bool is_at(const StreamHead& head) const {
    return count_ > 0 && head.epoch == epoch_ && head.sequence == sequence_;
  }
  bool was_obeyed_in_vain(uint64_t newest_epoch, int64_t boottime_ns);

  int64_t since_ns_ = 0;
  int64_t counted_ns_ = 0;
  uint64_t asked_epoch_ = 0;  // the newest that was offered when it was asked; 0: not known
  uint32_t count_ = 0;
  uint32_t told_ = 0;
  uint64_t epoch_ = 0;
  uint64_t sequence_ = 0;
  std::pair<Id, std::string> who_;  // boot and certificate
};

v1::StreamPoint point_of(const StreamHead& head);
v1::StreamConflict::Side side_of(const Speaker& speaker);

}  // namespace spoor::collector
