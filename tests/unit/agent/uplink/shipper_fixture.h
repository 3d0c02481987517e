// The shipper on a disk in memory, a clock moved by hand, and links whose other end is the test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/spool/spool.h"
#include "agent/uplink/shipper.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace spoor::uplink {

// Both ends of one call; outlives the link.
struct Wire {
  std::vector<v1::ShipRequest> sent;
  std::vector<v1::ShipResponse> answers;
  bool open = true;
};

class WireLink final : public Link {
 public:
  explicit WireLink(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~WireLink() override { wire_->open = false; }
  bool send(const v1::ShipRequest& request) override {
    if (wire_->open) wire_->sent.push_back(request);
    return wire_->open;
  }
  std::vector<v1::ShipResponse> take() override { return std::exchange(wire_->answers, {}); }
  bool is_open() const override { return wire_->open; }
  std::string problem() const override { return wire_->open ? "" : "cut by the test"; }

 private:
  std::shared_ptr<Wire> wire_;
};

class WireTransport final : public Transport {
 public:
  Result<std::unique_ptr<Link>> connect(const std::string& address) override {
    addresses.push_back(address);
    wires.push_back(std::make_shared<Wire>(std::exchange(next, {})));
    return std::unique_ptr<Link>(std::make_unique<WireLink>(wires.back()));
  }
  void certificate_expired() override { ++expired; }
  std::vector<std::shared_ptr<Wire>> wires;
  Wire next;                           // what the next link finds
  std::vector<std::string> addresses;  // what each was for
  int expired = 0;
};

class ShipperTest : public ::testing::Test {
 protected:
  void SetUp() override {
    files_.put("/etc/machine-id", std::string(32, 'b'));
    files_.put("/proc/sys/kernel/random/boot_id", std::string(32, 'c'));
    for (const char* folder : {"/commit", "/state"})
      ASSERT_TRUE(files_.make_folder(folder).is_ok());
    open_spool();
    start();
  }
  void open_spool() { spool_ = *agent::Spool::open(files_, clock_, {"/spool", 1u << 30, 600}); }
  void start(Config config = {}) {
    config.host = "web1";
    config.spool_folder = "/spool";
    config.commit_folder = "/commit";
    config.state_folder = "/state";
    shipper_ = std::make_unique<Shipper>(files_, clock_, transport_, config, 1);
  }
  // `place` is where it stands; of sequences the caller says.
  SealedFrame append_checkpoint(FrameWriter::Place& place) {
    FrameWriter writer(FrameKind::checkpoint);
    writer.add("signature", "", 0, 0, 0);
    place.event_class = EventClass::command;
    place.stream = spool_->stream(EventClass::command).id;
    place.epoch = spool_->epoch();
    place.epoch_nonce = spool_->nonce();
    place.previous = spool_->stream(EventClass::command).head;
    SealedFrame checkpoint = writer.seal(place);
    EXPECT_TRUE(spool_->append(checkpoint).is_ok());
    return checkpoint;
  }
  SealedFrame append(EventClass c = EventClass::command) {
    FrameWriter writer;
    writer.add("fields", std::string(300, 't'), ++order_, 1'000, 1'000);
    FrameWriter::Place place;
    const ChainHead head = spool_->stream(c).head;
    place.event_class = c;
    place.stream = spool_->stream(c).id;
    place.epoch = spool_->epoch();
    place.epoch_nonce = spool_->nonce();
    place.first_sequence = head.epoch == spool_->epoch() ? head.sequence + 1 : 1;
    place.previous = head;
    const SealedFrame frame = writer.seal(place);
    EXPECT_TRUE(spool_->append(frame).is_ok());
    return frame;
  }
  void damage(const SealedFrame& frame) {
    const std::vector<std::string> names = *files_.list("/spool/command");
    for (const std::string& name : names) {
      const std::string path = "/spool/command/" + name;
      const size_t at = files_.content(path).find(frame.block);
      if (at != std::string::npos) files_.flip_bit(path, at + 40, 3);
    }
  }
  Wire& wire() { return *transport_.wires.back(); }
  // Steps until the Hello of a new connection is out.
  const v1::Hello& greet() {
    const size_t before = transport_.wires.size();
    for (int i = 0; i < 10 && transport_.wires.size() == before; ++i) {
      const Shipper::Next next = shipper_->step();
      if (next.is_pause) clock_.advance_ns(next.wait_ms * kNsPerMs);
    }
    EXPECT_EQ(transport_.wires.size(), before + 1);
    return wire().sent.at(0).hello();
  }
  // The log knows `point` of the command stream; nothing of the others.
  void resume(StreamPoint point = {}, std::optional<Hash> chain = std::nullopt) {
    v1::Resume& resume = *wire().answers.emplace_back().mutable_resume();
    resume.set_log_id(std::string(16, 'L'));
    v1::StreamResume& stream = *resume.add_streams();
    stream.set_stream(std::string(as_text(spool_->stream(EventClass::command).id)));
    stream.set_epoch(point.epoch);
    stream.set_next_sequence(point.sequence + 1);
    if (chain) stream.set_chain(std::string(as_text(*chain)));
    shipper_->step();
    shipper_->step();
  }
  void commit(const SealedFrame& frame, v1::CommitPoint::Wish wish = v1::CommitPoint::WISH_NONE) {
    v1::CommitPoint& commit = *wire().answers.emplace_back().mutable_commit();
    commit.set_log_id(std::string(16, 'L'));
    commit.set_log_generation(1);
    commit.set_stream(std::string(as_text(frame.header.stream)));
    commit.set_epoch(frame.header.epoch);
    commit.set_sequence(frame.header.last_sequence);
    commit.set_chain(std::string(as_text(frame.chain)));
    commit.set_wish(wish);
    if (wish != v1::CommitPoint::WISH_NONE) commit.set_machine_id(std::string(16, 'm'));
    shipper_->step();
  }
  size_t frames() {
    size_t count = 0;
    for (const auto& request : wire().sent) count += request.has_frame();
    return count;
  }
  std::vector<v1::Skip> skips() {
    std::vector<v1::Skip> all;
    for (const auto& request : wire().sent) {
      if (request.has_skip()) all.push_back(request.skip());
    }
    return all;
  }
  void connect_anew(StreamPoint point, const Hash& chain) {
    wire().open = false;
    shipper_->step();
    greet();
    resume(point, chain);
  }
  // All that the spool holds of it becomes one tombstone.
  void give_up_all() {
    clock_.advance_ns(2 * kNsPerSecond);
    spool_.reset();
    spool_ = *agent::Spool::open(files_, clock_, {.folder = "/spool",
                                                  .segment_bytes = 600,
                                                  .age_max_ns = kNsPerSecond});
    spool_->reclaim();
  }
  // As when the spool evicted them: every segment of the command stream but the last.
  void remove_old_segments() {
    auto names = *files_.list("/spool/command");
    names.pop_back();
    for (const std::string& name : names)
      ASSERT_TRUE(files_.remove("/spool/command/" + name).is_ok());
  }

  FakeFiles files_;
  FakeClock clock_;
  WireTransport transport_;
  std::unique_ptr<agent::Spool> spool_;
  std::unique_ptr<Shipper> shipper_;
  uint64_t order_ = 0;
};

}  // namespace spoor::uplink
