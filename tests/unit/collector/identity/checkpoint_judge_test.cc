#include "collector/identity/checkpoint_judge.h"

#include <gmock/gmock.h>

#include "common/clock.h"
#include "tests/support/stream_writer.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kNowS = 1'700'000'000;

class CheckpointJudgeTest : public testing::Test {
 protected:
  void enrol(const std::string& agent, const Id& machine, const SigningKey& key, int64_t now_s) {
    const std::string serial = std::to_string(++serials_);
    ASSERT_TRUE(registry_
                    ->enrolled({agent, {}, "", "", serial, now_s + 9, "token"},
                               {machine, "192.0.2.7", std::string(as_text(key.public_key()))},
                               now_s)
                    .is_ok());
  }
  // What an agent with that key says of the stream now.
  std::string entry_by(const SigningKey& key, int64_t time_s = kNowS) const {
    Checkpoint checkpoint;
    checkpoint.time_ns = time_s * kNsPerSecond;
    checkpoint.streams[0] = {stream_.stream(), stream_.head()};
    return seal_checkpoint(checkpoint, key).value();
  }
  // Faults found since the last call.
  std::vector<std::string> look(const std::string& entry_text, const std::string& agent = "web1",
                                int64_t received_s = kNowS) {
    LogEntry entry;
    entry.number = ++number_;
    entry.agent = agent;
    entry.received_ns = received_s * kNsPerSecond;
    entry.block = stream_.checkpoint(entry_text).block;
    const OpenBlock block = OpenBlock::open(as_bytes(entry.block)).value();
    judge_->look(entry, block.frames().front());
    return std::exchange(faults_, {});
  }
  std::unique_ptr<CheckpointJudge> judge_after(CheckpointLooks looks) {
    return std::make_unique<CheckpointJudge>(
        *registry_, std::move(looks),
        [this](const std::string&, const std::string& why) { faults_.push_back(why); });
  }
  using None = std::vector<std::string>;

  TempFolder folder_;
  std::unique_ptr<Registry> registry_ = Registry::open(folder_ / "state.db").value();
  const SigningKey key_ = SigningKey::generate().value();
  const SigningKey other_ = SigningKey::generate().value();
  StreamWriter stream_{1, EventClass::access};
  int serials_ = 0;
  uint64_t number_ = 0;
  std::vector<std::string> faults_;
  std::unique_ptr<CheckpointJudge> judge_ = judge_after({});
};

TEST_F(CheckpointJudgeTest, TheAgentsOwnIsGood) {
  enrol("web1", Id{1}, key_, kNowS);
  for (int i = 0; i < 3; ++i) {
    stream_.frame();
    EXPECT_EQ(look(entry_by(key_)), None());
  }
  EXPECT_EQ(judge_->take_news().until, 3u);
}

TEST_F(CheckpointJudgeTest, WhatItsKeyHasNotSignedIsTold) {
  enrol("web1", Id{1}, key_, kNowS);
  enrol("web2", Id{2}, other_, kNowS);
  stream_.frame();
  EXPECT_THAT(look(entry_by(other_)), ElementsAre(HasSubstr("not enrolled")));
  std::string changed = entry_by(key_);
  changed[7] ^= 1;
  EXPECT_THAT(look(changed), ElementsAre(HasSubstr("bad signature")));
  EXPECT_THAT(look("signature"), ElementsAre(HasSubstr("is none")));
  EXPECT_THAT(look(""), ElementsAre(HasSubstr("is none")));
}

// Good once, and put behind other events.
TEST_F(CheckpointJudgeTest, OneOfAnotherPlaceIsTold) {
  enrol("web1", Id{1}, key_, kNowS);
  stream_.frame();
  const std::string old = entry_by(key_);
  EXPECT_EQ(look(old), None());
  stream_.frame();
  EXPECT_THAT(look(old), ElementsAre(HasSubstr("another place")));
}

TEST_F(CheckpointJudgeTest, AKeyCountsUntilTheNextEnrolment) {
  enrol("web1", Id{1}, key_, kNowS);
  enrol("web1", Id{1}, other_, kNowS + 10);
  stream_.frame();
  // From before, and what the agent signs until it is started again.
  EXPECT_EQ(look(entry_by(key_, kNowS + 5), "web1", kNowS + 5000), None());
  EXPECT_EQ(look(entry_by(key_, kNowS + 500), "web1", kNowS + 5000), None());
  EXPECT_THAT(look(entry_by(key_, kNowS + 5000), "web1", kNowS + 5000),
              ElementsAre(HasSubstr("replaced")));
  EXPECT_EQ(look(entry_by(other_, kNowS + 20), "web1", kNowS + 5000), None());
  // The thief of the old one says any time.
  EXPECT_THAT(look(entry_by(key_, kNowS + 5), "web1", kNowS + 5000),
              ElementsAre(HasSubstr("replaced")));
}

TEST_F(CheckpointJudgeTest, AReplacedKeyIsOneAfterARestartToo) {
  enrol("web1", Id{1}, key_, kNowS);
  enrol("web1", Id{1}, other_, kNowS + 10);
  stream_.frame();
  const auto start_again = [&] {
    ASSERT_TRUE(registry_->keep_looks(judge_->take_news()).is_ok());
    judge_ = judge_after(registry_->kept_looks().value());
  };
  // Who only names the new key has not gone on with it.
  std::string changed = entry_by(other_, kNowS + 20);
  changed[7] ^= 1;
  EXPECT_THAT(look(changed), ElementsAre(HasSubstr("bad signature")));
  start_again();
  EXPECT_EQ(look(entry_by(key_, kNowS + 5)), None());
  EXPECT_EQ(look(entry_by(other_, kNowS + 20)), None());
  start_again();
  start_again();
  EXPECT_THAT(look(entry_by(key_, kNowS + 5)), ElementsAre(HasSubstr("replaced")));
}

TEST_F(CheckpointJudgeTest, UnderAnotherNameTheKeysOfTheOldOneCount) {
  enrol("web1", Id{1}, key_, kNowS);
  ASSERT_TRUE(registry_->revoke("web1", "renamed", "uid 0", kNowS + 1).is_ok());
  enrol("web2", Id{1}, other_, kNowS + 2);
  stream_.frame();
  EXPECT_EQ(look(entry_by(key_), "web2"), None());
  EXPECT_EQ(look(entry_by(other_), "web2"), None());
}

TEST_F(CheckpointJudgeTest, OfAHostThatWasNeverEnrolledNoKeyIsKnown) {
  stream_.frame();
  EXPECT_EQ(look(entry_by(key_), "local"), None());
  EXPECT_THAT(look("signature", "local"), ElementsAre(HasSubstr("is none")));
}

TEST_F(CheckpointJudgeTest, AFloodOfThemCostsLittle) {
  enrol("web1", Id{1}, key_, kNowS);
  stream_.frame();
  const auto bad = [&](int count, int64_t received_s) {
    size_t found = 0;
    for (int i = 0; i < count; ++i) found += look("signature", "web1", received_s).size();
    return found;
  };
  EXPECT_EQ(bad(100, kNowS), 60u);
  EXPECT_EQ(bad(100, kNowS + 5), 5u);
  EXPECT_EQ(bad(100, kNowS + 5000), 60u);
  EXPECT_EQ(bad(100, kNowS), 60u);  // the collector's clock was set back
}

TEST_F(CheckpointJudgeTest, WhatARunBeforeHasLookedAtIsNotToldAgain) {
  enrol("web1", Id{1}, key_, kNowS);
  judge_ = judge_after({2, {}});
  EXPECT_EQ(look("signature"), None());
  EXPECT_EQ(look("signature"), None());
  EXPECT_EQ(judge_->take_news().until, 2u);
  EXPECT_EQ(look("signature").size(), 1u);
  EXPECT_EQ(judge_->take_news().until, 3u);
  // And read again from the log's beginning.
  number_ = 2;
  EXPECT_EQ(look("signature"), None());
}

}  // namespace
}  // namespace spoor::collector
