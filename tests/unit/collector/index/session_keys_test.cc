#include "collector/index/session_keys.h"

#include <gtest/gtest.h>

#include "tests/unit/collector/index/event_samples.h"

namespace spoor::collector {
namespace {

Query asking(Field field) {
  Query out;
  out.where = Expression{.kind = Expression::Kind::none, .test = {}, .parts = {}};
  out.where->parts.push_back({.kind = Expression::Kind::test, .test = {}, .parts = {}});
  out.where->parts[0].test.field = field;
  return out;
}

TEST(SessionKeys, AreAskedForByTwoFields) {
  EXPECT_TRUE(asks_keys(asking(Field::key)));
  EXPECT_TRUE(asks_keys(asking(Field::person)));
  EXPECT_FALSE(asks_keys(asking(Field::user)));
  EXPECT_FALSE(asks_keys(Query()));
}

TEST(SessionKeys, EachSessionIsReadOnce) {
  int reads = 0;
  SessionKeys keys([&](const SessionKey& key) -> Result<std::optional<SessionPart>> {
    ++reads;
    if (key.agent == "gone") return unavailable("a disk");
    if (key.agent != "web1") return std::optional<SessionPart>();
    EventMaker make;
    v1::Event e = make.event(1);
    e.mutable_session_fact()->set_key_fingerprint("SHA256:abc");
    SessionPart out;
    out.row.key = key;
    out.add(make.index(e));
    return std::optional(std::move(out));
  });
  const std::string uid(16, '\1');
  const std::vector<std::string> known{"SHA256:abc"};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(keys.of("web1", uid), known);
  EXPECT_EQ(reads, 1);
  EXPECT_TRUE(keys.of("web2", uid).empty());
  EXPECT_TRUE(keys.of("web1", "no uid").empty());
  EXPECT_EQ(reads, 2);
  EXPECT_TRUE(keys.status().is_ok());
  EXPECT_TRUE(keys.of("gone", uid).empty());
  EXPECT_EQ(keys.status().code(), Code::unavailable);
}

}  // namespace
}  // namespace spoor::collector
