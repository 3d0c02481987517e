#include "agent/event_lines.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spoor::agent {
namespace {

using Json = nlohmann::json;

Fact loss(uint64_t order) {
  Fact fact;
  fact.order = order;
  fact.origin = "agent";
  fact.kind = Loss{.count = 5};
  return fact;
}

TEST(EventLinesTest, EachFactIsALineWithTheNamesOfTheSchema) {
  std::string text;
  EventLines lines([&](std::string_view part) {
    text += part;
    return ok();
  });
  ASSERT_TRUE(lines.add(loss(1), Host{}).is_ok());
  ASSERT_TRUE(lines.add(loss(2), Host{}).is_ok());
  EXPECT_EQ(text, "");  // gathered
  ASSERT_TRUE(lines.finish().is_ok());
  const size_t end = text.find('\n');
  const Json first = Json::parse(text.substr(0, end)), second = Json::parse(text.substr(end + 1));
  EXPECT_EQ(first["order"], 1);
  EXPECT_EQ(second["order"], 2);
  EXPECT_EQ(first["loss"]["count"], 5);
  EXPECT_EQ(text.back(), '\n');
}

TEST(EventLinesTest, FailureToWriteIsTold) {
  EventLines lines([](std::string_view) { return full("no room"); });
  Status status;
  for (uint64_t i = 1; i < 10'000 && status.is_ok(); ++i) status = lines.add(loss(i), Host{});
  EXPECT_EQ(status.code(), Code::full);
}

}  // namespace
}  // namespace spoor::agent
