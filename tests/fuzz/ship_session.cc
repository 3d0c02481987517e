// What an uplink may say, whole: any messages in any order, to the session, the intake and the
// writer. The input is a row of ShipRequests, each behind its length (two bytes); a zero length
// is a new connection. Whatever is said, each call is answered or waited for, what is told to be
// on disk is on disk, and a stream's frames in the log follow one another.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

#include "collector/connection_limits.h"
#include "collector/receive/journal.h"
#include "collector/receive/log_writer.h"
#include "collector/receive/ship_session.h"
#include "tests/support/fake_clock.h"

namespace {

using namespace spoor;
using namespace spoor::collector;

void must(bool holds) {
  if (!holds) std::abort();
}

class FuzzPeer final : public Peer {
 public:
  FuzzPeer(Intake& intake, const Clock& clock, const LogIdentity& log,
           const std::map<Id, StreamHead>& heads)
      : session(intake, clock, log), heads_(heads) {}

  void take(const ShipSession::Reply& reply) {
    for (const v1::ShipResponse& message : reply.messages) {
      must(!refused);
      refused = message.has_refuse();
      if (message.has_commit()) check(message.commit());
    }
    must(!reply.end || refused);
  }
  void on_resume(ResumeAnswer answer) override { take(session.on_resume(std::move(answer))); }
  bool on_commit(const StreamHead& head, int64_t time_ns, bool may_wait) override {
    const ShipSession::Reply reply = session.on_commit(head, time_ns, may_wait);
    take(reply);
    return reply.has_untold;
  }
  void on_commits_due() override { take(session.on_commits_due()); }
  void on_refused(const Refusal& refusal) override { take(session.on_refused(refusal)); }
  void on_room() override { take(session.on_room()); }

  ShipSession session;
  bool refused = false;

 private:
  void check(const v1::CommitPoint& commit) const {
    must(commit.stream().size() == 16);
    Id id{};
    std::memcpy(id.data(), commit.stream().data(), id.size());
    const auto head = heads_.find(id);
    must(head != heads_.end());
    must(head->second.epoch > commit.epoch() || (head->second.epoch == commit.epoch() &&
                                                 head->second.sequence >= commit.sequence()));
  }

  const std::map<Id, StreamHead>& heads_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FakeClock clock;
  const LogIdentity log{Id{1}, 1, nullptr};
  std::map<Id, StreamHead> heads;  // on disk
  std::map<Id, std::set<Hash>> at_head;  // chain values there: a checkpoint takes no sequence
  Intake intake;
  Journal journal(log.id, nullptr, clock);
  LogDoor door;
  door.identity = log;
  door.join_commits_ns = kJoinCommitsNs;
  LogWriter writer(
      intake,
      [&](std::span<const NewEntry> entries) {
        for (const NewEntry& entry : entries) {
          const auto outside = read_block_outside(as_bytes(entry.block));
          must(outside.is_ok() && outside->frames.size() == 1);
          StreamHead& head = heads[entry.head.stream];
          const FrameHead& frame = outside->frames.front();
          // Who lost checkpoints goes on from before them, in a later epoch.
          std::set<Hash>& values = at_head[entry.head.stream];
          // The log keeps 8 bytes of each value, and a Skip may end with any.
          const bool is_before =
              frame.header.epoch > head.epoch &&
              std::any_of(values.begin(), values.end(), [&](const Hash& value) {
                return std::equal(value.begin(), value.begin() + 8, frame.previous_chain.begin());
              });
          const Expected expected{head.epoch, head.sequence + 1,
                                  is_before ? frame.previous_chain : head.chain};
          must(check_continues(frame, expected).is_ok());
          if (frame.header.kind != FrameKind::checkpoint) values.clear();
          values.insert(entry.head.chain);
          head = entry.head;
        }
        return ok();
      },
      clock, {}, door, &journal);
  std::shared_ptr<FuzzPeer> peer;
  while (size >= 2) {
    const size_t length = static_cast<size_t>(data[0]) | static_cast<size_t>(data[1]) << 8;
    data += 2;
    size -= 2;
    clock.advance_ns(700 * kNsPerMs);
    if (length == 0 || !peer) {
      if (peer) intake.leave(peer.get());
      peer = std::make_shared<FuzzPeer>(intake, clock, log, heads);
    }
    const size_t bytes = std::min(length, size);
    v1::ShipRequest request;
    if (bytes > 0 && request.ParseFromArray(data, static_cast<int>(bytes)))
      peer->take(peer->session.on_message(peer, request));
    data += bytes;
    size -= bytes;
    while (writer.step()) {
    }
    must(peer->refused || peer->session.all_durable());
  }
  if (peer) intake.leave(peer.get());
  return 0;
}
