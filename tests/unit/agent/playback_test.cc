#include "agent/playback.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

PlaybackResult play_text(std::string_view text, uint64_t* events = nullptr) {
  Pipeline pipeline(Host{}, WriterPlace{}, std::nullopt, [&](PipelineFrame&& frame) {
    if (events != nullptr) *events += frame.frame.header.entries;
  });
  return play(text, pipeline);
}

TEST(PlaybackTest, CountsWhatItPlaysAndSkipsWhatItCannotRead) {
  uint64_t events = 0;
  const PlaybackResult result = play_text(
      "# comment\n"
      "clock real_ns=1700000000000000000 boot_ns=1000\n"
      "proc fork pid=5 ppid=4 boot_ns=900\n"
      "type=USER_LOGIN msg=audit(1700000000.001:7): pid=5 uid=0 auid=1 ses=1 msg='op=login "
      "res=success'\n"
      "what is this\n"
      "proc exit pid=5 status=0 boot_ns=2000",
      &events);
  EXPECT_EQ(result.records, 1u);
  EXPECT_EQ(result.process_messages, 2u);
  EXPECT_EQ(result.unreadable_lines, 1u);
  EXPECT_EQ(events, 1u);
}

TEST(PlaybackTest, UnendedEventIsClosedAtTheEnd) {
  uint64_t events = 0;
  play_text("type=SYSCALL msg=audit(1700000000.001:7): arch=c000003e syscall=2 pid=1 ppid=0\n",
            &events);
  EXPECT_EQ(events, 1u);
}

TEST(PlaybackTest, EmptyRecordingIsNothing) {
  uint64_t events = 0;
  EXPECT_EQ(play_text("", &events).records, 0u);
  EXPECT_EQ(events, 0u);
}

}  // namespace
}  // namespace spoor::agent
