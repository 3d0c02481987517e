#include "collector/index/session_part.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "collector/index/session_part_bytes.h"
#include "tests/support/random_event.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

std::string bytes_of(const SessionPart& part) {
  const SessionPartBytes bytes = encode_part(part, {});
  return bytes.place + "|" + bytes.sums;
}

// However a session's events are cut into parts, the parts say together what all of it says.
TEST(SessionPart, PartsAddUpToTheWhole) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    EventMaker make, later("web1", 2);
    SessionPart whole, sum, part;
    std::vector<uint32_t> numbers(40);  // each process starts once and ends once
    std::iota(numbers.begin(), numbers.end(), 0u);
    std::shuffle(numbers.begin(), numbers.end(), random);
    for (const uint32_t i : numbers) {
      EventMaker& maker = random() % 4 == 0 ? later : make;
      v1::Event event = i % 2 == 0 ? maker.started(1, i / 2) : maker.ended(1, i / 2, i % 3);
      if (random() % 5 == 0) event.clear_session();
      if (random() % 5 == 0) event.clear_kernel();
      if (random() % 9 == 0) event.mutable_session_closed();
      event.set_time_ns(kBase - static_cast<int64_t>(random() % 100));
      const IndexedEvent indexed = maker.index(event);
      whole.add(indexed);
      part.add(indexed);
      if (random() % 10 != 0) continue;
      sum.add(part);
      part = {};
    }
    if (!part.epochs.empty()) sum.add(part);
    EXPECT_EQ(bytes_of(sum), bytes_of(whole)) << seed;
    EXPECT_EQ(sum.told.head(sum.row).login_name, whole.told.head(whole.row).login_name);
  }
}

TEST(SessionPart, BootsAreThoseOfItsEpochs) {
  EventMaker make("web1", 3);
  SessionPart part;
  part.add(make.index(v1::Event()));
  EXPECT_EQ(part.row_with({}).boot_id, Id{});
  EXPECT_EQ(part.row_with({{2, sample_uid(2)}}).boot_id, Id{});
  EXPECT_FALSE(part.row_with({{3, sample_uid(2)}, {4, sample_uid(2)}}).boot_over);
  const SessionRow row = part.row_with({{3, sample_uid(2)}, {4, sample_uid(9)}});
  EXPECT_EQ(row.boot_id, sample_uid(2));
  EXPECT_TRUE(row.boot_over);
}

TEST(SessionPart, ALossEndsWhereItIsReported) {
  EventMaker make;
  v1::Event loss = make.loss(2, 0);
  loss.set_order(3);
  EXPECT_EQ(place_of_loss(make.index(loss)).after, 3u);
  loss.set_order(2);
  EXPECT_EQ(place_of_loss(make.index(loss)).after, 0u);
  SessionPart part;
  make.set_order(9);
  part.add(make.index(make.event(1)));
  EXPECT_FALSE(part.is_touched_by({1, 2, 3}));
  EXPECT_TRUE(part.is_touched_by({1, 2, 0}));
  EXPECT_TRUE(part.is_touched_by({2, 0, 1}));   // it may have lived on
  EXPECT_FALSE(part.is_touched_by({3, 0, 1}));
  part.add_loss({1, 2, 3});
  part.add_loss({.epoch = 2, .is_claimed = true});
  EXPECT_EQ(part.sums.losses, 0u);
  part.add_loss({.epoch = 2, .is_incomplete = true});
  EXPECT_EQ(part.sums.losses, 1u);
  EXPECT_EQ(part.sums.events_incomplete, 1u);
}

}  // namespace
}  // namespace spoor::collector
