// Sessions, intake and writer without threads and network, for the tests of this folder. The log is
// a vector, its disk fails on demand.
#pragma once

#include "collector/receive/journal.h"
#include "collector/receive/log_writer.h"
#include "collector/receive/ship_session.h"
#include "tests/support/fake_clock.h"
#include "tests/support/stream_writer.h"

namespace spoor::collector {

inline std::string text_of(const auto& bytes) { return std::string(as_text(bytes)); }

inline v1::ShipRequest hello_message(const std::vector<const StreamWriter*>& streams,
                                     const std::string& host = "web1") {
  v1::ShipRequest request;
  v1::Hello& hello = *request.mutable_hello();
  hello.set_protocol_version(1);
  hello.set_machine_id(std::string(16, 'm'));
  hello.set_boot_id(std::string(16, 'b'));
  hello.set_host(host);
  for (const StreamWriter* stream : streams) {
    v1::StreamOffer& offer = *hello.add_streams();
    offer.set_stream(text_of(stream->stream()));
    offer.set_stream_class(static_cast<v1::Class>(stream->event_class()));
  }
  return request;
}

inline v1::ShipRequest frame_message(const SealedFrame& frame) {
  v1::ShipRequest request;
  request.mutable_frame()->set_block(frame.block);
  return request;
}

// The hole that `lost` leaves.
inline v1::ShipRequest skip_message(const SealedFrame& lost,
                                    v1::Loss::Cause cause = v1::Loss::CAUSE_SPOOL_MISSING) {
  v1::ShipRequest request;
  v1::Skip& skip = *request.mutable_skip();
  const FrameHeader& h = lost.header;
  skip.set_stream(text_of(h.stream));
  skip.set_stream_class(static_cast<v1::Class>(h.event_class));
  skip.set_epoch(h.epoch);
  skip.set_nonce(text_of(h.epoch_nonce));
  skip.set_first_sequence(h.first_sequence);
  skip.set_last_sequence(h.last_sequence);
  skip.set_events(h.last_sequence - h.first_sequence + 1);
  skip.set_chain_after(text_of(lost.chain));
  skip.set_cause(cause);
  skip.set_previous_epoch(h.previous_epoch);
  skip.set_previous_sequence(h.previous_sequence);
  return request;
}

// A connection that keeps what it would send.
class TestPeer final : public Peer, public std::enable_shared_from_this<TestPeer> {
 public:
  TestPeer(Intake& intake, const Clock& clock, LogIdentity log, PeerFacts facts = {})
      : session(intake, clock, std::move(log), std::move(facts)) {}

  void send(v1::ShipRequest request) { take(session.on_message(shared_from_this(), request)); }
  void on_resume(ResumeAnswer answer) override { take(session.on_resume(std::move(answer))); }
  bool on_commit(const StreamHead& head, int64_t time_ns, bool may_wait) override {
    ShipSession::Reply reply = session.on_commit(head, time_ns, may_wait);
    const bool has_untold = reply.has_untold;
    take(std::move(reply));
    return has_untold;
  }
  void on_commits_due() override { take(session.on_commits_due()); }
  void on_refused(const Refusal& refusal) override { take(session.on_refused(refusal)); }
  void on_room() override { take(session.on_room()); }
  void hang_up() { take(session.on_hung_up()); }

  // The code of the Refuse that was sent; unspecified if none.
  v1::Refuse::Code refused() const {
    for (const v1::ShipResponse& r : sent)
      if (r.has_refuse()) return r.refuse().code();
    return v1::Refuse::CODE_UNSPECIFIED;
  }
  // The wish of the last commit of that stream.
  v1::CommitPoint::Wish wished(const StreamWriter& stream) const {
    v1::CommitPoint::Wish out = v1::CommitPoint::WISH_NONE;
    for (const v1::ShipResponse& r : sent) {
      if (r.has_commit() && r.commit().stream() == text_of(stream.stream()))
        out = r.commit().wish();
    }
    return out;
  }
  size_t commits() const {
    return static_cast<size_t>(
        std::count_if(sent.begin(), sent.end(), [](const auto& r) { return r.has_commit(); }));
  }
  // The last resume point or commit of that stream: `epoch/sequence`, or "" for none.
  std::string committed(const StreamWriter& stream) const {
    std::string out;
    for (const v1::ShipResponse& r : sent) {
      if (r.has_commit() && r.commit().stream() == text_of(stream.stream()))
        out = std::to_string(r.commit().epoch()) + "/" + std::to_string(r.commit().sequence());
    }
    return out;
  }
  const v1::StreamResume& resumed(size_t stream = 0) const {
    for (const v1::ShipResponse& r : sent)
      if (r.has_resume()) return r.resume().streams(static_cast<int>(stream));
    return v1::StreamResume::default_instance();
  }

  ShipSession session;
  std::vector<v1::ShipResponse> sent;
  bool reads = true;

 private:
  void take(ShipSession::Reply reply) {
    for (v1::ShipResponse& message : reply.messages) sent.push_back(std::move(message));
    reads = reply.read_on || (reads && reply.messages.size() > 0 && !reply.end);
  }
};

// What the collector's own entries among these say.
inline std::vector<v1::Event> own_events_of(const auto& entries) {
  std::vector<v1::Event> out;
  for (const auto& entry : entries) {
    if (entry.agent != kOwnAgent) continue;
    const auto block = OpenBlock::open(as_bytes(entry.block));
    EXPECT_TRUE(block.is_ok());
    for (const Frame& frame : block->frames()) {
      for (const auto& e : frame.entries)
        EXPECT_TRUE(out.emplace_back().ParseFromString(std::string(*e.fields)));
    }
  }
  return out;
}

class ReceiveFixture : public testing::Test {
 protected:
  std::shared_ptr<TestPeer> connect() {
    return std::make_shared<TestPeer>(intake_, clock_, LogIdentity{log_id_, 3, key_});
  }
  // A connection that said Hello and has its Resume.
  std::shared_ptr<TestPeer> connect(const std::vector<const StreamWriter*>& streams,
                                    const std::string& host = "web1") {
    auto peer = connect();
    peer->send(hello_message(streams, host));
    write();
    return peer;
  }
  // The writer does all that waits.
  void write() {
    while (writer_->step()) {
    }
  }
  Status write_entries(std::span<const NewEntry> entries) {
    RETURN_IF_ERROR(disk_);
    if (entries.front().agent == kOwnAgent) {
      own_log_.insert(own_log_.end(), entries.begin(), entries.end());
      return ok();
    }
    log_.insert(log_.end(), entries.begin(), entries.end());
    ++writes_;
    return ok();
  }
  std::unique_ptr<LogWriter> make_writer(std::vector<LogWriter::Known> known) {
    return std::make_unique<LogWriter>(
        intake_, [this](std::span<const NewEntry> entries) { return write_entries(entries); },
        clock_, std::move(known), door(), &journal_);
  }
  LogDoor door() {
    LogDoor out;
    out.identity = {log_id_, 3, key_};
    out.join_commits_ns = join_commits_ns_;
    out.raise_generation = [this](uint64_t generation) {
      RETURN_IF_ERROR(disk_);
      raised_to_ = generation;
      return ok();
    };
    return out;
  }
  // The collector's own events that are on disk, in their order.
  std::vector<v1::Event> own_events() const { return own_events_of(own_log_); }
  // Forgets all but the log, as a restart does.
  void restart() {
    std::vector<LogWriter::Known> known;
    for (const NewEntry& entry : log_) {
      std::erase_if(known, [&](const auto& k) { return k.head.stream == entry.head.stream; });
      known.push_back({entry.agent, entry.head});
    }
    writer_ = make_writer(std::move(known));
  }

  FakeClock clock_;
  Id log_id_ = [] { Id id; id.fill(0x11); return id; }();
  std::shared_ptr<const SigningKey> key_ =
      std::make_shared<const SigningKey>(std::move(SigningKey::generate()).value());
  std::vector<NewEntry> log_;
  std::vector<NewEntry> own_log_;
  uint64_t raised_to_ = 0;
  int64_t join_commits_ns_ = 0;
  Status disk_;
  int writes_ = 0;
  Intake intake_{1 << 20};
  Journal journal_{log_id_, nullptr, clock_};
  std::unique_ptr<LogWriter> writer_ = make_writer({});
};

}  // namespace spoor::collector
