#include "collector/receive/hello.h"

#include "tests/unit/collector/receive/receive_fixture.h"

namespace spoor::collector {
namespace {

class HelloTest : public testing::Test {
 protected:
  v1::Refuse::Code code() const {
    const auto read = read_hello(hello_, log_id_);
    const auto* refusal = std::get_if<Refusal>(&read);
    if (!refusal) return v1::Refuse::CODE_UNSPECIFIED;
    EXPECT_FALSE(refusal->text.empty());
    return refusal->code;
  }
  v1::EpochRange& add_epoch(uint64_t epoch, uint64_t first, uint64_t last) {
    v1::EpochRange& range = *hello_.mutable_streams(0)->add_epochs();
    range.set_epoch(epoch);
    range.set_nonce(std::string(16, 'n'));
    range.set_first_sequence(first);
    range.set_last_sequence(last);
    return range;
  }
  StreamWriter stream_{1};
  v1::Hello hello_ = hello_message({&stream_}).hello();
  Id log_id_ = [] { Id id; id.fill(7); return id; }();
};

TEST_F(HelloTest, ReadsOffers) {
  hello_.mutable_streams(0)->set_chain_before(std::string(32, 'c'));
  hello_.mutable_streams(0)->set_previous_epoch(2);
  hello_.mutable_streams(0)->set_previous_sequence(9);
  add_epoch(3, 1, 5);
  hello_.set_log_id(text_of(log_id_));
  const auto read = read_hello(hello_, log_id_);
  const HelloFacts& facts = std::get<HelloFacts>(read);
  EXPECT_EQ(facts.host, "web1");
  ASSERT_EQ(facts.offers.size(), 1u);
  EXPECT_EQ(facts.offers[0].stream, stream_.stream());
  EXPECT_EQ(facts.offers[0].event_class, EventClass::command);
  EXPECT_EQ((*facts.offers[0].chain_before)[31], 'c');
  EXPECT_EQ(facts.offers[0].previous_sequence, 9u);
}

// What shows that host and log went apart. Nothing in a commit is a reason to refuse.
TEST_F(HelloTest, ReadsEpochsAndTheLastCommit) {
  v1::StreamOffer& offer = *hello_.mutable_streams(0);
  offer.set_chain_before(std::string(32, 'c'));
  add_epoch(3, 1, 5);
  v1::CommitPoint& commit = *offer.mutable_last_commit();
  commit.set_log_id(text_of(log_id_));
  commit.set_log_generation(2);
  commit.set_stream(text_of(stream_.stream()));
  commit.set_epoch(3);
  commit.set_sequence(4);
  commit.set_chain(std::string(32, 'd'));
  commit.set_algorithm(v1::CommitPoint::ALGORITHM_ED25519);
  commit.set_signature(std::string(64, 's'));
  const auto offered = [&] {
    const auto read = read_hello(hello_, log_id_);
    return std::get<HelloFacts>(read).offers.at(0);
  };
  ASSERT_EQ(offered().epochs.size(), 1u);
  EXPECT_EQ(offered().epochs[0].epoch, 3u);
  EXPECT_EQ(offered().epochs[0].nonce[0], 'n');
  EXPECT_EQ(offered().epochs[0].last_sequence, 5u);
  ASSERT_TRUE(offered().last_commit);
  EXPECT_EQ(offered().last_commit->log_generation, 2u);
  EXPECT_EQ(offered().last_commit->sequence, 4u);
  const v1::CommitPoint good = commit;
  const auto ignored = [&](auto change) {
    commit = good;
    change();
    EXPECT_FALSE(offered().last_commit) << commit.ShortDebugString();
  };
  ignored([&] { commit.set_log_id(std::string(16, 'x')); });
  ignored([&] { commit.set_stream(std::string(16, 'x')); });
  ignored([&] { commit.set_chain("short"); });
  ignored([&] { commit.set_signature("short"); });
  ignored([&] { commit.clear_algorithm(); });
  ignored([&] { commit.Clear(); });
}

TEST_F(HelloTest, RefusesWhatItCannotServe) {
  hello_.set_protocol_version(2);
  EXPECT_EQ(code(), v1::Refuse::CODE_VERSION);
  hello_.set_protocol_version(1);
  hello_.set_log_id(std::string(16, 'x'));
  EXPECT_EQ(code(), v1::Refuse::CODE_LOG_ID);
  hello_.set_switch_log(true);
  EXPECT_EQ(code(), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(std::get<HelloFacts>(read_hello(hello_, log_id_)).left_log->back(), 'x');
  hello_.set_log_id("x");
  EXPECT_EQ(code(), v1::Refuse::CODE_LOG_ID);
  hello_.set_log_id("");
  EXPECT_EQ(code(), v1::Refuse::CODE_UNSPECIFIED);
}

TEST_F(HelloTest, AnEpochWithoutAFrameIsOne) {
  hello_.mutable_streams(0)->set_chain_before(std::string(32, 'c'));
  add_epoch(4, 1, 9);
  add_epoch(5, 1, 0);
  const auto read = read_hello(hello_, Id{});
  const auto* facts = std::get_if<HelloFacts>(&read);
  ASSERT_NE(facts, nullptr);
  ASSERT_EQ(facts->offers.at(0).epochs.size(), 2u);
  EXPECT_EQ(facts->offers[0].epochs[1].epoch, 5u);
  EXPECT_FALSE(facts->agent_has_begun);
}

TEST_F(HelloTest, EveryLengthIsChecked) {
  const v1::Hello good = hello_;
  const auto broken = [&](auto change, v1::Refuse::Code expected = v1::Refuse::CODE_PROTOCOL) {
    hello_ = good;
    change();
    EXPECT_EQ(code(), expected) << hello_.ShortDebugString();
  };
  broken([&] { hello_.set_machine_id("x"); });
  broken([&] { hello_.set_boot_id(""); });
  broken([&] { hello_.clear_streams(); });
  broken([&] { hello_.mutable_streams(0)->set_stream("x"); });
  broken([&] { hello_.mutable_streams(0)->set_stream_class(static_cast<v1::Class>(0)); });
  broken([&] { hello_.mutable_streams(0)->set_stream_class(static_cast<v1::Class>(5)); });
  broken([&] { *hello_.add_streams() = hello_.streams(0); });
  broken([&] { add_epoch(1, 1, 2); });  // without chain_before
  hello_ = good;
  hello_.mutable_streams(0)->set_chain_before(std::string(32, 'c'));
  const v1::Hello held = hello_;
  const auto broken_range = [&](auto change) {
    hello_ = held;
    change();
    EXPECT_EQ(code(), v1::Refuse::CODE_PROTOCOL);
  };
  broken_range([&] { add_epoch(0, 1, 2); });
  broken_range([&] { add_epoch(1, 0, 2); });
  broken_range([&] { add_epoch(1, 5, 3); });
  broken_range([&] { add_epoch(2, 1, 2), add_epoch(2, 3, 4); });
  broken_range([&] { add_epoch(1, 1, 2).set_nonce("x"); });
}

TEST_F(HelloTest, HasBounds) {
  for (size_t i = 0; i < kStreamsPerHelloMax; ++i) *hello_.add_streams() = hello_.streams(0);
  EXPECT_EQ(code(), v1::Refuse::CODE_LIMIT);
  hello_ = hello_message({&stream_}).hello();
  for (size_t i = 0; i <= kEpochsPerOfferMax; ++i) add_epoch(i + 1, 1, 1);
  EXPECT_EQ(code(), v1::Refuse::CODE_LIMIT);
}

TEST_F(HelloTest, NamesAreHarmless) {
  for (const char* good : {"web1", "a", "WEB-1.example_x"}) EXPECT_TRUE(is_agent_name(good));
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("a/b"),
                                 std::string("a\nb"), std::string("web\xc3\xa9"),
                                 std::string("a:1"), std::string(65, 'a'), std::string("a\0b", 3)})
    EXPECT_FALSE(is_agent_name(bad)) << bad;
  EXPECT_TRUE(is_agent_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace spoor::collector
