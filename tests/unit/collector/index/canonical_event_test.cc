#include "collector/index/canonical_event.h"

#include <gtest/gtest.h>

#include "spoor/v1/event.pb.h"
#include "tests/support/left_to_log.h"
#include "tests/support/odd_wire.h"
#include "tests/support/random_event.h"

namespace spoor::collector {
namespace {

bool is_canonical(std::string_view wire) {
  return collector::is_canonical(event_plan(), wire);
}

v1::Event sample() {
  v1::Event event;
  event.set_order(300);
  event.mutable_actor()->set_id("0");
  event.mutable_actor()->set_login_uid(0);
  event.add_incomplete(v1::INCOMPLETE_LATE);
  event.mutable_process_ended()->set_exit_code(0);
  return event;
}

TEST(CanonicalEvent, WhatProtobufWritesIs) {
  EXPECT_TRUE(is_canonical(""));
  EXPECT_TRUE(is_canonical(sample().SerializeAsString()));
  size_t canonical = 0;
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    canonical += is_canonical(bytes_of(RandomEvent(seed).event()));
  }
  EXPECT_GT(canonical, 50u);  // others have maps, groups or fields of two types
}

// What is taken for canonical is, whatever was done to it.
TEST(CanonicalEvent, NothingElseIs) {
  size_t canonical = 0, odd = 0, none = 0;
  for (uint64_t seed = 1; seed <= 20'000; ++seed) {
    const std::string wire =
        OddWire(seed).of(*v1::Event::descriptor(), bytes_of(RandomEvent(seed % 500).event()));
    std::string written;
    const bool is_event = make_canonical(wire, written);
    if (is_canonical(wire)) {
      ++canonical;
      ASSERT_TRUE(is_event && written == wire) << seed;
    } else {
      ++(is_event ? odd : none);
    }
  }
  EXPECT_GT(canonical, 500u);
  EXPECT_GT(odd, 5'000u);
  EXPECT_GT(none, 500u);
}

class OddForm : public ::testing::Test {
 protected:
  // Protobuf reads it, and writes `written`.
  static void expect_odd(const std::string& wire, const std::string& written) {
    EXPECT_FALSE(is_canonical(wire));
    std::string out = "before";
    ASSERT_TRUE(make_canonical(wire, out));
    EXPECT_EQ(out, written);
  }
  const std::string wire_ = sample().SerializeAsString();
};

TEST_F(OddForm, FieldsOutOfOrder) { expect_odd(wire_.substr(3) + wire_.substr(0, 3), wire_); }
TEST_F(OddForm, AFieldTwice) { expect_odd(wire_.substr(0, 3) + wire_, wire_); }
TEST_F(OddForm, AFieldThatSaysNothing) { expect_odd(std::string("\x08\x00", 2), ""); }
TEST_F(OddForm, AnEmptyText) { expect_odd(std::string("\x32\x00", 2), ""); }
TEST_F(OddForm, AnEmptyList) { expect_odd(std::string("\x62\x00", 2), ""); }
TEST_F(OddForm, ALongNumber) { expect_odd(std::string("\x08\x81\x00", 3), "\x08\x01"); }
TEST_F(OddForm, ALongTag) { expect_odd(std::string("\x88\x00\x01", 3), "\x08\x01"); }
TEST_F(OddForm, ALongSize) { expect_odd(std::string("\x32\x81\x00x", 4), "\x32\x01x"); }
TEST_F(OddForm, AFlagOfTwo) { expect_odd("\x68\x02", "\x68\x01"); }
TEST_F(OddForm, AListThatIsNotPacked) { expect_odd("\x60\x02", "\x62\x01\x02"); }
TEST_F(OddForm, AMessageInParts) {
  expect_odd("\x2a\x02\x08\x01\x2a\x03\x1a\x01" "a", "\x2a\x05\x08\x01\x1a\x01" "a");
}
TEST_F(OddForm, TwoKinds) {
  expect_odd(std::string("\xa2\x06\x00\xaa\x06\x00", 6), std::string("\xaa\x06\x00", 3));
}
TEST_F(OddForm, WithinWhatIsOnlyKept) {
  v1::Event event;
  event.add_records()->add_enriched()->set_name("a");
  std::string wire = event.SerializeAsString();
  EXPECT_TRUE(is_canonical(wire));
  wire.replace(wire.find('a') - 2, 3, "\x0a\x01\xff");
  std::string out;
  EXPECT_FALSE(is_canonical(wire) || make_canonical(wire, out));
}

// One within another without end, as an address has fields of which one is an address.
TEST_F(OddForm, DeepMessages) {
  v1::Event event;
  v1::AuditField* field = event.add_records()->add_fields();
  for (int i = 0; i < 40; ++i) field = field->mutable_address()->add_members();
  const std::string wire = event.SerializeAsString();
  expect_odd(wire, wire);
}

}  // namespace
}  // namespace spoor::collector
