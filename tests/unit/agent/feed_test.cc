#include "agent/feed.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

// A pipeline, and what it made of what it was told.
struct Listener {
  std::string heard;
  Pipeline pipeline{Host(), std::nullopt, [this](const Fact& fact, Instant now) {
                      heard += std::to_string(now.boottime_ns / kNsPerMs) + ":" +
                               std::to_string(fact.kind.index());
                      if (const auto* loss = std::get_if<Loss>(&fact.kind)) {
                        heard += "x" + std::to_string(loss->count);
                      }
                      heard += " ";
                    }};
};

Instant at_ms(int64_t ms) { return {1'700'000'000 * kNsPerSecond + ms * kNsPerMs, ms * kNsPerMs}; }

TEST(FeedTest, WhatIsPlayedComesToTheSameAsWhatWasTold) {
  ReadRing ring = ReadRing::in_memory();
  Listener live;
  Feed feed(ring, live.pipeline);
  feed.tell(at_ms(10));
  feed.take(Datagram{1305, "audit(1700000000.010:7): op=set res=1"});
  feed.take(ProcessMessage{ProcessMessage::Kind::fork, 4, 3, at_ms(9).boottime_ns, 0});
  feed.take(Datagram{1305, "audit(1700000000.010:9): op=set res=1"});
  feed.tell(SocketDrained());
  feed.tell(KernelStatus{.asked = at_ms(10), .lost = 5});
  feed.tell(MessageDrops{0, 2});
  for (int64_t ms = 1'000; ms < 6'000; ms += 1'000) {
    feed.tell(at_ms(ms));
    feed.tell(RecordDrops{feed.drops().audit, 3});
    feed.tell(KernelStatus{.asked = at_ms(ms), .lost = 6});
    feed.tell(TimersDue());
  }
  LogLine line;
  line.tag = "sshd";
  line.origin = "/log";
  line.cursor = "7";
  feed.tell(line);
  feed.tell(LogPosition{"/other", "8", true, 0});
  feed.tell(ReadingGap());
  EXPECT_NE(live.heard.find("x"), std::string::npos) << live.heard;

  Listener later;
  Feed replay(ring, later.pipeline);
  replay.play(0, ring.position(), at_ms(0), {});
  EXPECT_EQ(later.heard, live.heard);
  const LogCursors cursors = {{"/log", "7"}, {"/other", "8"}};
  EXPECT_EQ(later.pipeline.log_cursors(), cursors);
  EXPECT_EQ(replay.records(), 2u);
  EXPECT_EQ(replay.drops().audit, 3u);
  EXPECT_EQ(replay.drops().connector, 2u);
  EXPECT_EQ(replay.now().boottime_ns, at_ms(5'000).boottime_ns);
}

}  // namespace
}  // namespace spoor::agent
