#include "collector/index/event_plan.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "spoor/v1/event.pb.h"

namespace spoor::collector {
namespace {

const PlannedField* find(const PlannedMessage& message, int number, WireType type) {
  return message.find(static_cast<uint32_t>(number) << 3 | static_cast<uint32_t>(type));
}
const PlannedField& at(const PlannedMessage& message, int number, WireType type) {
  return *find(message, number, type);
}

void expect_whole(const PlannedMessage& plan, const google::protobuf::Descriptor& type,
                  std::set<const PlannedMessage*>& seen) {
  if (!seen.insert(&plan).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& schema = *type.field(i);
    const PlannedField& field = plan.by_number.at(static_cast<size_t>(schema.number()));
    EXPECT_NE(field.form, PlannedField::Form::unknown) << schema.full_name();
    EXPECT_EQ(field.form == PlannedField::Form::odd, schema.is_map()) << schema.full_name();
    if (field.form != PlannedField::Form::message) continue;
    expect_whole(*field.first, *schema.message_type(), seen);
    expect_whole(*field.later, *schema.message_type(), seen);
  }
}

TEST(EventPlan, HasEveryFieldOfTheSchema) {
  std::set<const PlannedMessage*> seen;
  expect_whole(event_plan(), *v1::Event::descriptor(), seen);
  EXPECT_GT(seen.size(), 60u);
}

TEST(EventPlan, SaysWhatTheTableOfFieldsDoes) {
  const PlannedField& order = at(event_plan(), v1::Event::kOrderFieldNumber, WireType::varint);
  ASSERT_NE(order.told, nullptr);
  EXPECT_EQ(order.told->number_column(), Number::order);
  EXPECT_EQ(order.bit, 0u);
  const PlannedField& started =
      at(event_plan(), v1::Event::kCommandStartedFieldNumber, WireType::bytes);
  EXPECT_TRUE(started.is_kind);
  const PlannedField& paths =
      at(*started.first, v1::CommandStarted::kPathsFieldNumber, WireType::bytes);
  EXPECT_TRUE(paths.is_list);
  EXPECT_FALSE(paths.first->is_rest);
  EXPECT_TRUE(paths.later->is_rest);
  EXPECT_EQ(at(*started.first, v1::CommandStarted::kSyscallFieldNumber, WireType::bytes).told,
            nullptr);
}

TEST(EventPlan, KnowsWhatIsNotOursOrOfAnotherType) {
  for (int type = 0; type < 8; ++type) {
    EXPECT_EQ(find(event_plan(), 0, WireType(type)), nullptr);
    EXPECT_EQ(find(event_plan(), 99, WireType(type)), nullptr);
    EXPECT_EQ(find(event_plan(), 4'000, WireType(type)), nullptr);
    EXPECT_EQ(find(event_plan(), v1::Event::kOrderFieldNumber, WireType(type)) != nullptr,
              WireType(type) == WireType::varint);
  }
}

// What shares a column shares a bit, and nothing else does.
TEST(EventPlan, OneBitForWhatSharesAColumn) {
  const auto of = [](int kind, int field, WireType type) {
    return at(*at(event_plan(), kind, WireType::bytes).first, field, type).bit;
  };
  const uint64_t euid =
      of(v1::Event::kActorFieldNumber, v1::Actor::kIdFieldNumber, WireType::bytes);
  const uint64_t terminal = of(v1::Event::kSourceFieldNumber, v1::Endpoint::kTerminalFieldNumber,
                               WireType::bytes);
  EXPECT_EQ(std::popcount(euid), 1);
  EXPECT_EQ(std::popcount(terminal), 1);
  EXPECT_NE(euid, terminal);
  EXPECT_EQ(terminal, of(v1::Event::kCommandStartedFieldNumber,
                         v1::CommandStarted::kTerminalFieldNumber, WireType::bytes));
  EXPECT_EQ(of(v1::Event::kActorFieldNumber, v1::Actor::kNameFieldNumber, WireType::bytes), 0u);
  const uint64_t comm = of(v1::Event::kCommandStartedFieldNumber,
                           v1::CommandStarted::kCommFieldNumber, WireType::bytes);
  EXPECT_NE(comm & kFollowingBits, 0u);
  EXPECT_EQ(terminal & kFollowingBits, 0u);
}

}  // namespace
}  // namespace spoor::collector
