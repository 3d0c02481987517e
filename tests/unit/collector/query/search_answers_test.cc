#include "collector/query/search_answers.h"

#include <gtest/gtest.h>

#include "collector/index/block_index.h"
#include "collector/query/search_limits.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

class SearchAnswersTest : public testing::Test {
 protected:
  void add(v1::Event e) { events_.push_back(make_.index(std::move(e))); }
  void apply() {
    for (IndexedEvent& event : events_) event.entry = 1;
    ASSERT_TRUE(index_->apply(events_, {0}, {1}).is_ok());
  }
  Result<v1::SearchResponse> ask(const std::string& query, uint32_t limit = 0,
                                 const std::string& cursor = "") {
    v1::SearchRequest request;
    request.set_query(query);
    request.set_limit(limit);
    request.set_cursor(cursor);
    request.set_zone_offset_s(zone_s_);
    return search({*index_, outside_, whole_event_, now_ns_, is_cancelled_}, request);
  }
  Result<v1::HistogramResponse> count(const std::string& query, v1::HistogramRequest::By by) {
    v1::HistogramRequest request;
    request.set_query(query);
    request.set_by(by);
    request.set_zone_offset_s(zone_s_);
    return histogram({*index_, outside_, whole_event_, now_ns_, is_cancelled_}, request);
  }

  TempFolder folder_;
  PosixFiles files_;
  std::unique_ptr<BlockIndex> index_ = BlockIndex::open(files_, folder_ / "index", {}).value();
  EventMaker make_;
  std::vector<IndexedEvent> events_;
  Outside outside_;
  ReadEvent whole_event_;
  int64_t now_ns_ = kBase + 3'600 * kNsPerSecond;
  int32_t zone_s_ = 0;
  IsCancelled is_cancelled_ = [] { return false; };
};

TEST_F(SearchAnswersTest, ACommandIsFoundWhole) {
  add(make_.started(6, 10));
  add(make_.ended(6, 10, 22));
  add(make_.started(6, 11));
  v1::Event file = make_.event(6);
  file.mutable_file_access()->set_path("/etc/shadow");
  add(file);
  apply();
  const v1::SearchResponse found = ask("cmd:cmd10 exit:!=0").value();
  ASSERT_EQ(found.items_size(), 1);
  const v1::FoundItem& item = found.items(0);
  EXPECT_EQ(item.host(), "web1");
  EXPECT_EQ(item.session(), "web1:6.kje");
  EXPECT_EQ(item.login_name(), "alice");
  EXPECT_EQ(item.login_uid(), 1000u);
  EXPECT_EQ(item.command().args(0), "cmd10");
  EXPECT_EQ(item.command().exit_code(), 22u);
  EXPECT_EQ(item.command().end(), v1::Command::END_EXITED);
  EXPECT_EQ(item.time_ns(), item.command().started_ns());
  EXPECT_EQ(ask("not exit:0")->items_size(), 2);
  EXPECT_EQ(ask("")->items_size(), 2);
  const v1::SearchResponse files = ask("kind:file").value();
  ASSERT_EQ(files.items_size(), 1);
  EXPECT_EQ(files.items(0).event().event().file_access().path(), "/etc/shadow");
  EXPECT_EQ(files.items(0).event().event_id(), "web1/command/1/4");
}

// Times without a zone are of who asks, and `1h` counts from the first page on.
TEST_F(SearchAnswersTest, PagesGoOnWhereTheyEnded) {
  for (uint32_t pid = 1; pid <= 5; ++pid) add(make_.started(6, pid));
  apply();
  std::vector<uint32_t> pids;
  std::string cursor;
  do {
    const v1::SearchResponse page = ask("since:1h", 2, cursor).value();
    EXPECT_EQ(page.head().since_ns(), kBase);
    for (const v1::FoundItem& item : page.items()) pids.push_back(item.command().pid());
    cursor = page.next_cursor();
    now_ns_ += 1'800 * kNsPerSecond;
  } while (!cursor.empty());
  EXPECT_EQ(pids, (std::vector<uint32_t>{5, 4, 3, 2, 1}));
  zone_s_ = 3'600;
  EXPECT_EQ(ask("since:2023-11-14T23:13:20")->head().since_ns(), kBase);
  for (const char* wrong : {"x", "1.2.3", "1.2.3.4.5", "1.2.3.-4", "1.2.3.4x", "..."})
    EXPECT_EQ(ask("", 2, wrong).code(), Code::invalid) << wrong;
}

TEST_F(SearchAnswersTest, WhatIsWrongSaysWhere) {
  EXPECT_EQ(ask("usr:alice").status().message().find("column 1: there is no field usr"), 0u);
  EXPECT_EQ(count("a b foo:x", v1::HistogramRequest::BY_DAY).code(), Code::invalid);
  zone_s_ = 90'000;
  EXPECT_EQ(ask("curl").code(), Code::invalid);
}

TEST_F(SearchAnswersTest, SaysWhenItLooksThroughAll) {
  EXPECT_TRUE(ask("cmd:-e")->head().looked_through_all());
  EXPECT_TRUE(ask("user:bob (nc or curl)")->head().looked_through_all());
  EXPECT_FALSE(ask("cmd:curl user:al cmd:*")->head().looked_through_all());
}

// The index has not all of a long text, and what the log is asked for has a bound.
TEST_F(SearchAnswersTest, TheLogIsAskedForSoMuch) {
  for (uint32_t pid = 1; pid <= kLogLookupsMax + 5; ++pid) {
    v1::Event e = make_.started(6, pid);
    e.mutable_command_started()->add_args(std::string(2 * kIndexTextMax, 'x'));
    add(e);
  }
  apply();
  const v1::SearchResponse alone = ask("cmd:needle", 1'000).value();
  EXPECT_EQ(alone.items_size(), 0);
  EXPECT_EQ(alone.head().unsure(), kLogLookupsMax + 5);
  size_t asked = 0;
  whole_event_ = [&](const IndexedEvent& event) -> Result<std::shared_ptr<const v1::Event>> {
    EXPECT_EQ(event.entry, 1u);
    EXPECT_EQ(event.stream, events_[0].stream);
    EXPECT_EQ(event.epoch, 1u);
    if (++asked == 3) return not_found("it was erased");
    if (event.sequence != 7) return events_[event.sequence - 1].event;
    auto out = std::make_shared<v1::Event>(*events_[6].event);
    out->mutable_command_started()->add_args("a needle");
    return std::shared_ptr<const v1::Event>(std::move(out));
  };
  const v1::SearchResponse found = ask("cmd:needle", 1'000).value();
  EXPECT_EQ(asked, kLogLookupsMax);
  EXPECT_EQ(found.items_size(), 1);
  EXPECT_EQ(found.head().unsure(), 6u);
  EXPECT_EQ(ask("pid:7")->items(0).command().args_size(), 3);  // all of it
}

TEST_F(SearchAnswersTest, HowMuchWhen) {
  add(make_.started(6, 10));
  add(make_.ended(6, 10, 0));
  add(make_.started(6, 11));
  apply();
  zone_s_ = 1'800;
  const v1::HistogramResponse hours = count("user:alice", v1::HistogramRequest::BY_HOUR).value();
  ASSERT_EQ(hours.spans_size(), 48);
  EXPECT_EQ((hours.spans(0).begin_ns() / kNsPerSecond + zone_s_) % 3'600, 0);
  uint64_t all = 0;
  for (const v1::HistogramSpan& span : hours.spans()) {
    all += span.count();
    if (span.count() == 0) continue;
    EXPECT_LE(span.begin_ns(), kBase);
    EXPECT_GT(span.begin_ns() + 3'600 * kNsPerSecond, kBase);
  }
  EXPECT_EQ(all, 2u);
  EXPECT_EQ(hours.head().until_ns(), now_ns_);
  const auto days = count("since:1d until:2023-11-14T22:00", v1::HistogramRequest::BY_DAY);
  EXPECT_EQ(days->spans_size(), 2);
  EXPECT_EQ(count("since:3w", v1::HistogramRequest::BY_MINUTE).code(), Code::invalid);
}

TEST_F(SearchAnswersTest, EndsWhenNobodyWaits) {
  add(make_.started(6, 10));
  apply();
  is_cancelled_ = [] { return true; };
  EXPECT_EQ(ask("cmd:x").code(), Code::unavailable);
  EXPECT_EQ(count("cmd:x", v1::HistogramRequest::BY_DAY).code(), Code::unavailable);
}

}  // namespace
}  // namespace spoor::collector
