#include "collector/log/log_retention.h"

#include <gmock/gmock.h>

#include "tests/unit/collector/log/kept_log_fixture.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;

constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr auto kAccess = static_cast<size_t>(EventClass::access) - 1;
constexpr auto kCommand = static_cast<size_t>(EventClass::command) - 1;
constexpr Position kEverything{UINT64_MAX - 1};

class LogRetentionTest : public KeptLogFixture {
 protected:
  NewEntry dated(NewEntry entry) const {
    entry.received_ns = now_ns_;
    return entry;
  }
  void write_day() {
    now_ns_ += kDayNs;
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(write({dated(framed(access_, "web1")), dated(framed(command_, "web2"))}).is_ok());
    }
  }
  std::vector<DroppedSegment> drop_all(Position followed = kEverything) {
    std::vector<DroppedSegment> all;
    LogRetention retention(*log_, limits_);
    while (true) {
      const auto dropped = retention.step(followed, now_ns_);
      EXPECT_TRUE(dropped.is_ok()) << dropped.status().message();
      if (!dropped.is_ok() || !*dropped) return all;
      all.push_back(**dropped);
    }
  }
  // When the oldest entry of a class was received that is left; 0: none is.
  int64_t oldest_of(EventClass event_class) {
    LogCursor cursor = log_->read_after({});
    while (true) {
      const auto batch = cursor.read(1u << 20);
      EXPECT_TRUE(batch.is_ok());
      if (!batch.is_ok() || batch->entries.empty()) return 0;
      for (const LogEntry& entry : batch->entries) {
        if (entry.head.event_class != event_class) continue;
        EXPECT_GE(entry.number, log_->first_kept(event_class));
        return entry.received_ns;
      }
    }
  }
  const KnownStream* known(uint8_t stream) const {
    for (const KnownStream& known : log_->opened_with())
      if (known.head.stream[0] == stream) return &known;
    return nullptr;
  }

  int64_t now_ns_ = 1'700'000'000'000'000'000;
  Retention limits_{};
};

TEST_F(LogRetentionTest, NothingWithoutALimit) {
  open();
  for (int day = 0; day < 20; ++day) write_day();
  EXPECT_TRUE(drop_all().empty());
  EXPECT_EQ(log_->first_kept(EventClass::access), 1u);
}

TEST_F(LogRetentionTest, ASimulatedYear) {
  limits_[kAccess].age_ns = 100 * kDayNs;
  limits_[kCommand] = {30 * kDayNs, 20'000};
  open();
  StreamWriter silent(9, EventClass::access);
  ASSERT_TRUE(write({dated(framed(silent, "gone"))}).is_ok());
  uint64_t dropped = 0;
  for (int day = 0; day < 365; ++day) {
    write_day();
    if (day % 7 == 3) seal_all();
    if (day % 40 == 20) access_.next_epoch();
    // A follower that stands still for a month: nothing that it has not read goes.
    const bool is_stuck = day >= 200 && day < 230;
    const Position followed = day < 200 || !is_stuck ? log_->synced() : Position{1'200};
    for (const DroppedSegment& segment : drop_all(followed)) {
      ++dropped;
      EXPECT_LE(segment.last, followed.entry);
      EXPECT_GT(segment.entries, 0u);
      const bool is_old = segment.received.greatest_ns < now_ns_ - 30 * kDayNs;
      EXPECT_TRUE(is_old || segment.why == DroppedSegment::Why::bytes);
    }
    if (day % 50 == 49) reopen();
    if (is_stuck) continue;
    // Whole segments go, and each has at most a day.
    const int64_t oldest_ns = oldest_of(EventClass::access);
    EXPECT_GE(oldest_ns, now_ns_ - 102 * kDayNs) << day;
    if (day > 110) {
      EXPECT_LE(oldest_ns, now_ns_ - 98 * kDayNs) << day;
    }
    EXPECT_GE(oldest_of(EventClass::command), now_ns_ - 31 * kDayNs) << day;
    uint64_t bytes = 0;
    for (const std::string& name : names("/log/command"))
      bytes += files_.content("/log/command/" + name).size();
    EXPECT_LE(bytes, 20'000u + 5'000) << day;
    EXPECT_EQ(log_->bytes(), bytes_on_disk()) << day;
  }
  EXPECT_GT(dropped, 500u);
  reopen();
  // Of the stream that ended with its first frame the log still knows where it stands.
  ASSERT_NE(known(9), nullptr);
  EXPECT_EQ(known(9)->head.chain, silent.chain());
  EXPECT_EQ(known(9)->agent, "gone");
  EXPECT_EQ(known(1)->head.sequence, access_.sequence());
  EXPECT_FALSE(known(1)->past.lacks(1));
  EXPECT_NE(known(1)->past.find(1), nullptr);
  EXPECT_FALSE(known(9)->points.lacks(1, 1, Hash{}));
}

TEST_F(LogRetentionTest, SaysWhatWent) {
  limits_[kAccess].age_ns = kDayNs;
  open();
  write_day();
  const int64_t first_ns = now_ns_;
  write_day();
  write_day();
  seal_all();
  const uint64_t bytes = files_.content("/log/access/00000000000000000001.sealed").size();
  const std::vector<DroppedSegment> all = drop_all();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].event_class, EventClass::access);
  EXPECT_EQ(all[0].first, 1u);
  EXPECT_EQ(all[0].entries, 3u);
  EXPECT_EQ(all[0].events, 6u);
  EXPECT_EQ(all[0].bytes, bytes);
  EXPECT_EQ(all[0].received, (TimeRange{first_ns, first_ns}));
  EXPECT_EQ(all[0].why, DroppedSegment::Why::age);
  EXPECT_EQ(log_->first_kept(EventClass::access), all[0].last + 1);
  EXPECT_EQ(log_->first_kept(EventClass::command), 1u);
  const std::string path = "/log/access/" + names("/log/access")[0];
  const auto stub = SealedSegment::open(*files_.open_read(path), EventClass::access);
  EXPECT_EQ(stub->index().dropped, 3u);
  EXPECT_EQ(stub->index().dropped_through, all[0].last);
  EXPECT_EQ(stub->index().events, 6u);
}

// Also one that was never sealed since it is damaged, and one that says nothing of itself.
TEST_F(LogRetentionTest, DamagedSegmentsGoInTheirTurn) {
  limits_[kAccess].age_ns = 2 * kDayNs;
  open();
  for (int day = 0; day < 6; ++day) write_day();
  files_.flip_bit("/log/access/00000000000000000001.log", 300, 1);
  seal_all();
  const std::string lost = "/log/access/" + names("/log/access")[1];
  ASSERT_TRUE(lost.ends_with(".sealed"));
  files_.put(lost, "lost");
  reopen();
  const size_t before = names("/log/access").size();
  const std::vector<DroppedSegment> all = drop_all();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_GT(all[0].entries, 0u);
  EXPECT_EQ(all[1].entries, 0u);
  EXPECT_EQ(all[2].entries, 3u);
  EXPECT_EQ(names("/log/access").size(), before - 2);  // one stands for them
  EXPECT_GE(oldest_of(EventClass::access), now_ns_ - 2 * kDayNs);
}

// A power cut before each change: what is kept is all there, and what went is known.
TEST_F(LogRetentionTest, APowerCutAtEveryStep) {
  limits_[kAccess].age_ns = 3 * kDayNs;
  uint64_t step = 1;
  for (bool is_cut = true; is_cut; ++step) {
    begin_anew();
    StreamWriter silent(9, EventClass::access);
    ASSERT_TRUE(write({dated(framed(silent, "gone"))}).is_ok());
    for (int day = 0; day < 8; ++day) {
      write_day();
      if (day == 3) seal_all();
    }
    const Position synced = log_->synced();
    LogRetention retention(*log_, limits_);
    files_.fail_power_after(step);
    for (int i = 0; i < 9; ++i) (void)retention.step(kEverything, now_ns_);
    is_cut = files_.is_without_power();
    crash(step);
    EXPECT_EQ(log_->synced(), synced) << step;
    for (int start = 0; start < 2; ++start) {
      ASSERT_NE(known(9), nullptr) << step;
      EXPECT_EQ(known(9)->head.chain, silent.chain()) << step;
      EXPECT_EQ(known(1)->head.sequence, access_.sequence()) << step;
      EXPECT_LE(oldest_of(EventClass::access), now_ns_ - 3 * kDayNs) << step;
      EXPECT_EQ(log_->bytes(), bytes_on_disk()) << step;
      drop_all();
      EXPECT_LE(oldest_of(EventClass::access), now_ns_ - 3 * kDayNs) << step;
      EXPECT_GE(oldest_of(EventClass::access), now_ns_ - 4 * kDayNs) << step;
      EXPECT_EQ(log_->bytes(), bytes_on_disk()) << step;
      crash(step);
    }
  }
  EXPECT_GT(step, 25u);
}

// Who reads where something is dropped goes on behind it.
TEST_F(LogRetentionTest, AReaderBehindTheOthers) {
  for (uint64_t at = 1; at < 30; ++at) {
    begin_anew();
    limits_[kAccess].age_ns = kDayNs;
    for (int day = 0; day < 8; ++day) write_day();
    if (at % 2 == 0) seal_all();
    LogCursor cursor = log_->read_after({});
    uint64_t number = 0;
    while (number < at) number = cursor.read(1)->entries.front().number;
    drop_all();
    uint64_t last = 0;
    for (auto batch = cursor.read(500); !batch->entries.empty(); batch = cursor.read(500)) {
      for (const LogEntry& entry : batch->entries) {
        EXPECT_GT(entry.number, number);
        number = last = entry.number;
      }
    }
    EXPECT_EQ(last, log_->synced().entry) << at;
  }
}

}  // namespace
}  // namespace spoor::collector
