#include "collector/index/catalogue_reader.h"

#include <gtest/gtest.h>

#include <limits>

#include "collector/index/limits.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

constexpr uint64_t kLast = std::numeric_limits<uint64_t>::max();

class CatalogueReaderTest : public testing::Test {
 protected:
  // A seal with one session of one event.
  void add(const std::string& agent, uint8_t name, int64_t first_ns, Seal seal = {}) {
    v1::Event event = make_.event(name);
    event.set_time_ns(first_ns);
    SessionPart part;
    part.add(make_.index(event));
    const SessionKey key{agent, sample_uid(name)};
    seal.parts = {{key, &part, {}, &logins_, catalogue_.first_ns_of(key).value()}};
    ASSERT_TRUE(catalogue_.write(++seals_, seal, [] {}).is_ok());
  }
  CatalogueReader reader() { return CatalogueReader::open(path_).value(); }

  TempFolder folder_;
  const std::string path_ = folder_ / "index.db";
  Catalogue catalogue_ = Catalogue::open(path_, LogName()).value();
  EventMaker make_;
  std::set<uint32_t> logins_;
  uint64_t seals_ = 0;
};

TEST_F(CatalogueReaderTest, SessionsComeNewestFirstPageByPage) {
  add("b", 1, 100);
  add("a", 2, 100);
  add("a", 1, 100);
  add("a", 3, -5);
  add("a", 4, 200);
  add("a", 2, 50);   // it began before that
  add("a", 1, 300);  // and this goes on
  CatalogueReader reader = this->reader();
  std::vector<std::string> names;
  std::optional<Index::After> after;
  for (;;) {
    const auto some = reader.starts(after, 2).value();
    for (const Index::After& start : some) {
      names.push_back(start.key.agent + std::to_string(start.key.session_uid[0]) + "@" +
                      std::to_string(start.first_ns));
    }
    if (some.size() < 2) break;
    after = some.back();
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a4@200", "a1@100", "b1@100", "a2@50", "a3@-5"}));
}

TEST_F(CatalogueReaderTest, WhatIsSealedMeanwhileIsNotSeen) {
  add("a", 1, 100);
  CatalogueReader reader = this->reader();
  EXPECT_EQ(reader.begin().value(), 1u);
  add("a", 2, 200);
  add("a", 1, 300);
  Missing missing;
  EXPECT_EQ(reader.starts({}, 9)->size(), 1u);
  EXPECT_EQ(reader.session({"a", sample_uid(1)}, true, missing).value()->sums, SessionSums());
  EXPECT_EQ(reader.session({"a", sample_uid(1)}, false, missing).value()->row.last_ns, 100);
  reader.end();
  EXPECT_EQ(reader.begin().value(), 3u);
  EXPECT_EQ(reader.session({"a", sample_uid(1)}, false, missing).value()->row.last_ns, 300);
  EXPECT_FALSE(reader.session({"b", sample_uid(1)}, false, missing).value());
  EXPECT_TRUE(missing.why.is_ok());
}

TEST_F(CatalogueReaderTest, SessionsAreFoundByTheirNames) {
  logins_ = {7, 8};
  add("a", 1, 100);
  add("a", 1, 200);
  add("b", 1, 300);
  CatalogueReader reader = this->reader();
  EXPECT_EQ(reader.keys_of(sample_uid(1))->size(), 2u);
  EXPECT_EQ(reader.keys_named("a", 1).value(),
            (std::vector<SessionKey>{{"a", sample_uid(1)}}));
  EXPECT_TRUE(reader.keys_named("a", 2)->empty());
  EXPECT_EQ(reader.managers_of("b", 8)->size(), 1u);
  EXPECT_TRUE(reader.managers_of("b", 9)->empty());
}

TEST_F(CatalogueReaderTest, BootsAndLossesAreThoseOfTheEpochs) {
  Seal seal;
  seal.boots["a"] = {{1, sample_uid(1)}, {2, sample_uid(2)}, {kLast, sample_uid(3)}};
  for (const uint64_t epoch : {uint64_t{1}, uint64_t{2}, kLast}) {
    EventMaker make("a", epoch);
    seal.losses.push_back(make.index(make.loss(0, 0)));
  }
  add("a", 1, 100, seal);
  seal.losses.clear();
  seal.boots["a"] = {{1, sample_uid(9)}};  // told otherwise: the first word counts
  add("a", 1, 100, seal);
  CatalogueReader reader = this->reader();
  EXPECT_EQ(reader.boots("a", 2, 2).value(),
            (EpochBoots{{2, sample_uid(2)}, {kLast, sample_uid(3)}}));
  EXPECT_EQ(reader.boots("a", 1, 1)->at(1), sample_uid(1));
  EXPECT_TRUE(reader.boots("b", 0, kLast)->empty());
  EXPECT_EQ(reader.losses("a", 1, 1)->size(), 2u);  // that of the next epoch may lie between
  EXPECT_EQ(reader.losses("a", 3, kLast)->size(), 1u);
  EventMaker make("a", 1);
  SessionPart part;
  part.add(make.index(make.event(1)));
  Missing missing;
  const auto events = reader.loss_events("a", part, missing).value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event->loss().count(), 1u);
}

TEST_F(CatalogueReaderTest, ConnectionsThatWaitAreTakenAgain) {
  CatalogueReaders readers(path_);
  std::vector<std::unique_ptr<CatalogueReader>> taken;
  for (size_t i = 0; i < kCatalogueReadersMax + 2; ++i) taken.push_back(readers.take().value());
  const CatalogueReader* last = taken[kCatalogueReadersMax - 1].get();
  for (auto& reader : taken) readers.give_back(std::move(reader));
  EXPECT_EQ(readers.take()->get(), last);
  EXPECT_FALSE(CatalogueReaders(folder_ / "nothing.db").take().is_ok());
}

}  // namespace
}  // namespace spoor::collector
