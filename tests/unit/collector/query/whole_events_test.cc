#include "collector/query/whole_events.h"

#include <gtest/gtest.h>

#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

TEST(WholeEvents, ThoseThatAreNotAreReadAndWhatFailsIsCounted) {
  EventMaker make;
  SessionEvents events;
  for (uint8_t i = 1; i <= 4; ++i) {
    events.events.push_back(make.index(make.event(i)));
    events.events.back().entry = i;
    events.events.back().is_whole = i == 1;
  }
  std::vector<uint64_t> asked;
  int left = 9;
  using Read = Result<std::shared_ptr<const v1::Event>>;
  const ReadEvent read = [&](const IndexedEvent& event) -> Read {
    asked.push_back(event.entry);
    if (event.entry == 3) return not_found("it is gone");
    return std::make_shared<const v1::Event>();
  };
  const auto is_cancelled = [&] { return left-- == 0; };
  EXPECT_TRUE(make_whole(events, read, is_cancelled).is_ok());
  EXPECT_EQ(asked, (std::vector<uint64_t>{2, 3, 4}));
  EXPECT_EQ(events.missing.rows, 1u);
  EXPECT_EQ(events.missing.why.message(), "it is gone");
  EXPECT_TRUE(events.events[1].is_whole);
  EXPECT_FALSE(events.events[2].is_whole);
  EXPECT_NE(events.events[2].event->order(), 0u);
  EXPECT_EQ(events.events[3].event->order(), 0u);
  left = 0;
  EXPECT_EQ(make_whole(events, read, is_cancelled).code(), Code::unavailable);
}

}  // namespace
}  // namespace spoor::collector
