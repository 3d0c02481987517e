// Every recorded event becomes a row of the collector's index and the same event again.
#include <gtest/gtest.h>

#include "collector/index/event_of_row.h"
#include "collector/index/row_maker.h"
#include "common/files.h"
#include "tests/golden/agent/played_events.h"
#include "tests/support/frame_event.h"
#include "tests/support/left_to_log.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

struct Told {
  size_t events = 0;
  size_t cut = 0;
};

Told tell(const std::string& recording) {
  Told told;
  collector::RowMaker rows;
  const Played played = play_as_fixed_host(recording);
  for (const v1::Event& event : played.events) {
    collector::IndexedEvent indexed;
    indexed.agent = "web1";
    indexed.stream.fill(7);
    indexed.epoch = 3;
    indexed.sequence = ++told.events;
    indexed.received_ns = 1'795'338'135'288'000'000;
    const std::string wire = event.SerializeAsString();
    const collector::FrameEvent framed = collector::in_frame(indexed, wire, 17);
    const auto back = collector::event_of(*rows.row_of(framed), indexed.event_class);
    EXPECT_TRUE(back.is_ok()) << back.status().message() << line_of(event);
    if (!back.is_ok()) continue;
    told.cut += !back->is_whole;
    if (!back->is_whole) continue;
    const v1::Event want = without_addresses(event), &have = *back->event.event;
    EXPECT_TRUE(spoor::bytes_of(want) == spoor::bytes_of(have))
        << line_of(want) << "\n" << line_of(have);
  }
  return told;
}

TEST(RecordedRows, AreTheirEventsAgain) {
  PosixFiles files;
  Told all;
  for (const std::string folder : {"tests/golden/records/", "tests/golden/agent/"}) {
    const auto names = files.list(in_source(folder));
    ASSERT_TRUE(names.is_ok());
    for (const std::string& name : *names) {
      if (!name.ends_with(".rec") && !name.ends_with(".log")) continue;
      const auto recording = read_file(files, in_source(folder + name), 16u << 20);
      ASSERT_TRUE(recording.is_ok());
      const Told told = tell(*recording);
      all.events += told.events;
      all.cut += told.cut;
    }
  }
  EXPECT_GT(all.events, 1000u);
  EXPECT_EQ(all.cut, 3u);  // arguments of more than 8 KiB
}

}  // namespace
}  // namespace spoor::agent
