// The loop over two sockets that stand in for the kernel's.
#include "agent/capture.h"

#include <gtest/gtest.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <signal.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

namespace spoor::agent {
namespace {

class CaptureTest : public testing::Test {
 protected:
  CaptureTest() {
    Capture::hold_signals();
    auto audit = pair(audit_peer_);
    auto connector = pair(connector_peer_);
    capture_ = std::make_unique<Capture>(
        Capture::Sources{AuditSocket::adopt(std::move(audit), ring_.audit()),
                         ProcConnector::adopt(std::move(connector), ring_.connector())},
        feed_, clock_);
    capture_->every_tick = [](Instant) { return ok(); };
    capture_->every_second = [](Instant) { return ok(); };
    capture_->on_hangup = [this] { capture_->end(Capture::End::reload); };
  }

  static UniqueFd pair(UniqueFd& peer) {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds), 0);
    peer = UniqueFd(fds[1]);
    return UniqueFd(fds[0]);
  }

  void send_record(uint16_t type, const std::string& text) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += text;
    ASSERT_EQ(send(audit_peer_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

  void send_birth(int pid) {
    nlmsghdr header{};
    cn_msg message{};
    proc_event event{};
    event.what = proc_event::PROC_EVENT_FORK;
    event.event_data.fork.child_pid = event.event_data.fork.child_tgid = pid;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(&message), sizeof message);
    bytes.append(reinterpret_cast<const char*>(&event), sizeof event);
    ASSERT_EQ(send(connector_peer_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

  // Blocked signals wait for the loop to let them through.
  static void raise_soon(int number) { pthread_kill(pthread_self(), number); }

  SystemClock clock_;
  std::vector<PipelineFrame> frames_;
  Pipeline pipeline_{Host(), WriterPlace(), std::nullopt, [this](PipelineFrame&& frame) {
    frames_.push_back(std::move(frame));
  }};
  ReadRing ring_ = ReadRing::in_memory();
  Feed feed_{ring_, pipeline_};
  UniqueFd audit_peer_, connector_peer_;
  std::unique_ptr<Capture> capture_;
};

TEST_F(CaptureTest, WhatWasReadableIsReadBeforeItEnds) {
  constexpr int kRecords = 9;  // a datagram socket holds ten (net.unix.max_dgram_qlen)
  for (int i = 0; i < kRecords; ++i) {
    send_record(1305, "audit(1700000000.123:" + std::to_string(100 + i) + "): op=set res=1");
  }
  raise_soon(SIGTERM);
  const auto end = capture_->run();
  ASSERT_TRUE(end.is_ok());
  EXPECT_EQ(*end, Capture::End::stop);
  pipeline_.close(clock_.now());
  uint32_t events = 0;
  for (const PipelineFrame& frame : frames_) events += frame.frame.header.entries;
  EXPECT_EQ(events, static_cast<uint32_t>(kRecords));
}

TEST_F(CaptureTest, WhatIsReadIsInTheRingInTheOrderOfReading) {
  send_record(1305, "audit(1700000000.123:7): op=set res=1");
  capture_->read();
  std::vector<std::string> told;
  ASSERT_TRUE(ring_.play(0, ring_.position(), [&](const ReadItem& item) {
    if (const auto* record = std::get_if<Datagram>(&item)) told.emplace_back(record->text);
    else told.emplace_back(std::holds_alternative<Instant>(item) ? "clock" : "drained");
  }).is_ok());
  EXPECT_EQ(told, (std::vector<std::string>{"clock", "audit(1700000000.123:7): op=set res=1",
                                            "clock", "clock", "drained"}));
}

// Births wait in their socket for the next tick; a record that comes before finds them read.
TEST_F(CaptureTest, WhatTheConnectorHoldsIsReadBeforeTheRecordThatEndsAQuietTime) {
  int ticks = 0;
  capture_->every_tick = [&](Instant) {
    // Nothing came yet, so it is quiet: only the record wakes us before the next tick.
    if (++ticks == 2) {
      send_birth(4711);
      send_record(1305, "audit(1700000000.123:7): op=set res=1");
    }
    if (feed_.records() > 0) raise_soon(SIGTERM);
    return ok();
  };
  ASSERT_TRUE(capture_->run().is_ok());
  std::vector<std::string> told;
  ASSERT_TRUE(ring_.play(0, ring_.position(), [&](const ReadItem& item) {
    if (std::holds_alternative<Datagram>(item)) told.emplace_back("record");
    if (std::holds_alternative<ProcessMessage>(item)) told.emplace_back("birth");
  }).is_ok());
  EXPECT_EQ(told, (std::vector<std::string>{"birth", "record"}));
}

TEST_F(CaptureTest, AReloadThatIsAcceptedEndsIt) {
  raise_soon(SIGHUP);
  const auto end = capture_->run();
  ASSERT_TRUE(end.is_ok());
  EXPECT_EQ(*end, Capture::End::reload);
}

TEST_F(CaptureTest, AHangupAloneDoesNot) {
  int asked = 0;
  capture_->on_hangup = [&] {
    ++asked;
    raise_soon(SIGTERM);
  };
  raise_soon(SIGHUP);
  const auto end = capture_->run();
  ASSERT_TRUE(end.is_ok());
  EXPECT_EQ(*end, Capture::End::stop);
  EXPECT_EQ(asked, 1);
}

TEST_F(CaptureTest, AFailureOfATickEndsIt) {
  capture_->every_tick = [](Instant) { return denied("the seat was taken"); };
  const auto end = capture_->run();
  EXPECT_EQ(end.code(), Code::denied);
}

TEST_F(CaptureTest, AFailureOfTheSecondEndsIt) {
  capture_->every_second = [](Instant) { return denied("the seat was taken"); };
  const auto end = capture_->run();
  EXPECT_EQ(end.code(), Code::denied);
}

}  // namespace
}  // namespace spoor::agent
