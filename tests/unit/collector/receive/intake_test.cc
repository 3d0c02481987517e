#include "collector/receive/intake.h"

#include <thread>

#include <gmock/gmock.h>

namespace spoor::collector {
namespace {

class SilentPeer final : public Peer {
 public:
  void on_resume(ResumeAnswer) override {}
  bool on_commit(const StreamHead&, int64_t, bool) override { return false; }
  void on_commits_due() override {}
  void on_refused(const Refusal&) override {}
  void on_room() override {}
};

class IntakeTest : public testing::Test {
 protected:
  static StreamOffer offer(uint8_t stream) {
    StreamOffer out;
    out.stream.fill(stream);
    return out;
  }
  static Speaker speaker(const std::string& certified = "") {
    Speaker out;
    out.host = "web1";
    out.agent = certified;
    return out;
  }
  static QueuedBlock block(uint8_t stream, size_t size) {
    QueuedBlock out;
    out.entry.head.stream.fill(stream);
    out.entry.block = std::string(size, 'b');
    return out;
  }
  Intake intake_{1000, 10'000};
  std::shared_ptr<Peer> a_ = std::make_shared<SilentPeer>();
  std::shared_ptr<Peer> b_ = std::make_shared<SilentPeer>();
};

TEST_F(IntakeTest, OnlyTheOwnerMayAdd) {
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::taken_over);
  ASSERT_TRUE(intake_.hello(a_, speaker(), {offer(1), offer(2)}));
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::queued);
  ASSERT_TRUE(intake_.hello(b_, speaker(), {offer(1), offer(2)}));
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::taken_over);
  EXPECT_EQ(intake_.put(b_, block(2, 10)), Intake::Put::queued);
  const std::vector<QueuedItem> items = intake_.take();
  ASSERT_EQ(items.size(), 4u);  // in the order they came
  EXPECT_EQ(std::get<QueuedHello>(items[2].what).displaced.size(), 1u);
  EXPECT_EQ(std::get<QueuedHello>(items[2].what).displaced[0], a_);
}

// Ten MiB each, from who calls two hundred times a second while the disk stalls.
TEST_F(IntakeTest, HelloOfWhoIsGoneHoldsNoOffers) {
  ASSERT_TRUE(intake_.hello(a_, speaker(), {offer(1), offer(2)}));
  ASSERT_TRUE(intake_.hello(b_, speaker(), {offer(1)}));
  intake_.leave(b_.get());
  intake_.leave(a_.get());
  ASSERT_TRUE(intake_.hello(a_, speaker(), {offer(3)}));
  const std::vector<QueuedItem> items = intake_.take();
  ASSERT_EQ(items.size(), 3u);
  EXPECT_TRUE(std::get<QueuedHello>(items[0].what).offers.empty());
  const QueuedHello& second = std::get<QueuedHello>(items[1].what);
  EXPECT_TRUE(second.offers.empty());
  ASSERT_EQ(second.displaced.size(), 1u);  // who lost a stream by it is told all the same
  EXPECT_EQ(second.displaced[0], a_);
  EXPECT_EQ(std::get<QueuedHello>(items[2].what).offers.size(), 1u);
  intake_.leave(a_.get());  // what the writer has taken is its own
  EXPECT_EQ(std::get<QueuedHello>(items[2].what).offers.size(), 1u);
}

TEST_F(IntakeTest, FullUntilHalfIsDone) {
  ASSERT_TRUE(intake_.hello(a_, speaker(), {offer(1)}));
  EXPECT_EQ(intake_.put(a_, block(1, 600)), Intake::Put::queued);
  EXPECT_EQ(intake_.put(a_, block(1, 400)), Intake::Put::queued_and_full);
  intake_.take();
  EXPECT_TRUE(intake_.release({{a_, 400}}).empty());
  const auto waiting = intake_.release({{a_, 200}});
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(waiting[0], a_);
  EXPECT_TRUE(intake_.release({{a_, 400}}).empty());
}

// One that floods is held alone; there is room for all others.
TEST_F(IntakeTest, OnePeerHasItsShareOnly) {
  Intake intake(1000, 300);
  ASSERT_TRUE(intake.hello(a_, speaker(), {offer(1)}));
  ASSERT_TRUE(intake.hello(b_, speaker(), {offer(2)}));
  EXPECT_EQ(intake.put(a_, block(1, 300)), Intake::Put::queued_and_full);
  EXPECT_EQ(intake.put(b_, block(2, 200)), Intake::Put::queued);
  intake.take();
  EXPECT_TRUE(intake.release({{b_, 200}}).empty());
  EXPECT_TRUE(intake.release({{a_, 100}}).empty());
  const auto room = intake.release({{a_, 50}});
  ASSERT_EQ(room.size(), 1u);
  EXPECT_EQ(room[0], a_);
}

// Who is cut, or calls again while the disk is slow, gets no second share.
TEST_F(IntakeTest, ACertificateHasOneShareHoweverOftenItConnects) {
  Intake intake(1000, 300);
  ASSERT_TRUE(intake.hello(a_, speaker("web1"), {offer(1)}));
  EXPECT_EQ(intake.put(a_, block(1, 200)), Intake::Put::queued);
  intake.leave(a_.get());
  ASSERT_TRUE(intake.hello(b_, speaker("web1"), {offer(1)}));
  EXPECT_EQ(intake.put(b_, block(1, 100)), Intake::Put::queued_and_full);
  const std::shared_ptr<Peer> other = std::make_shared<SilentPeer>();
  ASSERT_TRUE(intake.hello(other, speaker("web2"), {offer(2)}));
  EXPECT_EQ(intake.put(other, block(2, 200)), Intake::Put::queued);
  intake.take();
  EXPECT_TRUE(intake.release({{b_, 100}}).empty());  // of 300 there are 200
  EXPECT_THAT(intake.release({{a_, 200}}), testing::ElementsAre(b_));
}

// Who knows another agent's stream ids, and has a certificate of its own, takes nothing with them.
TEST_F(IntakeTest, NoCertificateTakesAStreamFromAnother) {
  ASSERT_TRUE(intake_.hello(a_, speaker("web1"), {offer(1)}));
  ASSERT_TRUE(intake_.hello(b_, speaker("evil"), {offer(1), offer(2)}));
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::queued);
  EXPECT_EQ(intake_.put(b_, block(1, 10)), Intake::Put::taken_over);
  EXPECT_EQ(intake_.put(b_, block(2, 10)), Intake::Put::queued);
  EXPECT_TRUE(std::get<QueuedHello>(intake_.take()[1].what).displaced.empty());
  ASSERT_TRUE(intake_.hello(b_, speaker("web1"), {offer(1)}));
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::taken_over);
}

// Nor does it wait for the other there: while web1 is away, or has not said Hello yet.
TEST_F(IntakeTest, ABoundStreamIsKeptForItsAgent) {
  ASSERT_TRUE(intake_.hello(b_, speaker("evil"), {offer(1)}));  // nobody has written it yet
  EXPECT_EQ(intake_.put(b_, block(1, 10)), Intake::Put::queued);
  intake_.bind(offer(1).stream, "web1");
  ASSERT_TRUE(intake_.hello(a_, speaker("web1"), {offer(1)}));
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::queued);
  EXPECT_EQ(intake_.put(b_, block(1, 10)), Intake::Put::taken_over);
  intake_.leave(a_.get());
  ASSERT_TRUE(intake_.hello(b_, speaker("evil"), {offer(1)}));
  EXPECT_EQ(intake_.put(b_, block(1, 10)), Intake::Put::taken_over);
  EXPECT_TRUE(intake_.owners().empty());
  ASSERT_TRUE(intake_.hello(a_, speaker("web1"), {offer(1)}));
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::queued);
}

// web1 is called web2 now, which the writer sees when it comes to the Hello.
TEST_F(IntakeTest, WhatIsBoundToItLaterIsSettled) {
  intake_.bind(offer(1).stream, "web1");
  ASSERT_TRUE(intake_.hello(a_, speaker("web2"), {offer(1)}));
  ASSERT_TRUE(intake_.hello(b_, speaker("web2"), {offer(1)}));
  const std::vector<QueuedItem> items = intake_.take();
  const QueuedHello& first = std::get<QueuedHello>(items[0].what);
  const QueuedHello& second = std::get<QueuedHello>(items[1].what);
  EXPECT_TRUE(intake_.settle(a_, first).empty());
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::taken_over);  // still web1's
  intake_.bind(offer(1).stream, "web2");
  EXPECT_TRUE(intake_.settle(a_, first).empty());
  EXPECT_EQ(intake_.put(a_, block(1, 10)), Intake::Put::queued);
  EXPECT_THAT(intake_.settle(b_, second), testing::ElementsAre(a_));
  EXPECT_TRUE(intake_.settle(a_, first).empty());  // b_ came last
  EXPECT_EQ(intake_.put(b_, block(1, 10)), Intake::Put::queued);
  intake_.leave(b_.get());
  EXPECT_TRUE(intake_.settle(b_, second).empty());
  EXPECT_TRUE(intake_.owners().empty());  // who has left is given nothing
}

TEST_F(IntakeTest, TheWriterCanBeWoken) {
  bool got = false;
  std::thread writer([&] { got = intake_.wait(0); });
  intake_.wake();
  writer.join();
  EXPECT_TRUE(got);
  EXPECT_TRUE(intake_.take().empty());
  EXPECT_TRUE(intake_.wait(0, 1));  // its patience has an end
  intake_.close();
  EXPECT_FALSE(intake_.wait(0));
}

TEST_F(IntakeTest, WhoLeftIsForgotten) {
  ASSERT_TRUE(intake_.hello(a_, speaker(), {offer(1)}));
  EXPECT_EQ(intake_.put(a_, block(1, 2000)), Intake::Put::queued_and_full);
  intake_.leave(a_.get());
  EXPECT_EQ(intake_.put(a_, block(1, 1)), Intake::Put::taken_over);
  EXPECT_EQ(intake_.take().size(), 2u);  // what it had handed over is still there
  EXPECT_TRUE(intake_.release({{a_, 2000}}).empty());
  EXPECT_EQ(a_.use_count(), 1);
}

TEST_F(IntakeTest, ClosedKeepsWhatItHas) {
  ASSERT_TRUE(intake_.hello(a_, speaker(), {offer(1)}));
  intake_.close();
  EXPECT_EQ(intake_.put(a_, block(1, 1)), Intake::Put::closed);
  EXPECT_FALSE(intake_.hello(b_, speaker(), {}));
  EXPECT_TRUE(intake_.wait(0));
  EXPECT_EQ(intake_.take().size(), 1u);
  EXPECT_FALSE(intake_.wait(0));
}

TEST_F(IntakeTest, AWaitEndsWhenSomethingComes) {
  bool got = false;
  std::thread writer([&] { got = intake_.wait(1000); });
  ASSERT_TRUE(intake_.hello(a_, speaker(), {offer(1)}));
  writer.join();
  EXPECT_TRUE(got);
}

}  // namespace
}  // namespace spoor::collector
