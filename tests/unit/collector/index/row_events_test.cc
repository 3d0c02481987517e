#include "collector/index/row_events.h"

#include <gtest/gtest.h>

#include "collector/blocks/block_reader.h"
#include "collector/blocks/open_block.h"
#include "collector/index/row_maker.h"
#include "tests/support/frame_event.h"
#include "tests/support/left_to_log.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

class RowEventsTest : public testing::Test {
 protected:
  void add(const v1::Event& event) {
    const IndexedEvent indexed = make_.index(event);
    const std::string wire = indexed.event->SerializeAsString();
    rows_.add(*maker_.row_of(in_frame(indexed, wire, 5)));
  }
  std::vector<IndexedEvent> read(const RowTable& table, uint8_t session, Missing& missing) {
    std::vector<IndexedEvent> out;
    for (const OpenBlock::Session& of : rows_.sessions()) {
      if (of.session.text == as_text(sample_uid(session)))
        read_events(table, EventClass::command, {1, of.first, of.rows},
                    {"web1", sample_uid(session)}, out, missing);
    }
    return out;
  }
  EventMaker make_;
  RowMaker maker_;
  OpenBlock rows_{EventClass::command};
};

// Over the end of a page, and texts that come and go.
TEST_F(RowEventsTest, ASessionsEventsComeBack) {
  std::vector<v1::Event> told;
  for (uint32_t i = 0; i < 6'000; ++i) {
    const v1::Event event = i % 3 == 0 ? make_.started(2, i) : make_.ended(2, i, 1);
    add(make_.event(1));
    add(event);
    told.push_back(event);
  }
  v1::Event loss = make_.loss(1, 2);
  loss.set_session_uid(told[0].session_uid());
  add(loss);
  const std::string block = rows_.seal();
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  Missing missing;
  const std::vector<IndexedEvent> events = read(reader, 2, missing);
  EXPECT_EQ(missing.rows, 0u);
  ASSERT_EQ(events.size(), told.size());
  for (size_t i = 0; i < told.size(); ++i) {
    ASSERT_EQ(bytes_of(*events[i].event), bytes_of(told[i])) << i;
    EXPECT_EQ(events[i].entry, 5u);
  }
}

TEST_F(RowEventsTest, WhatIsNotTheSessionsIsMissing) {
  add(make_.event(1));
  add(make_.event(2));
  const std::string block = rows_.seal();
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  std::vector<IndexedEvent> out;
  Missing missing;
  read_events(reader, EventClass::command, {1, 0, 2}, {"web1", sample_uid(2)}, out, missing);
  EXPECT_EQ(out.size(), 1u);
  EXPECT_EQ(missing.rows, 1u);
  EXPECT_EQ(missing.why.code(), Code::corrupt);
  read_events(reader, EventClass::command, {1, 1, 2}, {"web1", sample_uid(2)}, out, missing);
  EXPECT_EQ(out.size(), 1u);
  EXPECT_EQ(missing.rows, 3u);
}

}  // namespace
}  // namespace spoor::collector
