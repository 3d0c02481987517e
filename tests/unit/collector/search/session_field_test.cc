#include "collector/search/session_field.h"

#include <gtest/gtest.h>

#include "tests/support/field_look.h"

namespace spoor::collector {
namespace {

using enum Said;
using Saids = std::vector<Said>;

const std::string kUid(16, '\xab'), kOtherUid(16, '\xcd');
const std::string kBoot("0123456789abcdef"), kOtherBoot("z123456789abcdef");

// Two sessions of one number in two boots, one of another host, one without a number, none at all.
std::vector<Row> rows() {
  std::vector<Row> out(5);
  for (Row& row : out) row[Text::host].text = "web1";
  out[2][Text::host].text = "db:1";
  for (const size_t i : {0, 1, 2}) {
    out[i][Number::ses] = 6;
    out[i][Text::boot].text = i == 1 ? kOtherBoot : kBoot;
  }
  out[0][Text::session].text = kUid;
  out[3][Text::session].text = kOtherUid;
  for (size_t i = 0; i < out.size(); ++i) out[i][Number::time_ms] = 1000 * i;
  return out;
}

Saids said(const Pattern& name, bool same_case = false) {
  const FieldLook look(rows());
  return look.said(**session_field(look.open(), name, same_case));
}

Pattern with_hole(std::string_view begin) {
  Pattern out = Pattern::exactly(std::string(begin));
  out.append_hole();
  return out;
}

TEST(SessionField, IsNamedByNumberBootOrUid) {
  EXPECT_EQ(said(Pattern::exactly("web1:6")), (Saids{like, like, other, other, nothing}));
  EXPECT_EQ(said(Pattern::exactly("web1:6.60r")), (Saids{like, other, other, other, nothing}));
  EXPECT_EQ(said(Pattern::exactly("web1:6.6OR")), (Saids{like, other, other, other, nothing}));
  EXPECT_EQ(said(Pattern::exactly("DB:1:6")), (Saids{other, other, like, other, nothing}));
  EXPECT_EQ(said(Pattern::exactly("DB:1:6"), true), (Saids{other, other, other, other, nothing}));
  EXPECT_EQ(said(Pattern::exactly("web1:7")), (Saids{other, other, other, other, nothing}));
  EXPECT_EQ(said(Pattern::exactly("abababababababababababababababab")),
            (Saids{like, other, other, other, nothing}));
  EXPECT_EQ(said(Pattern::exactly("web1")), (Saids{other, other, other, other, nothing}));
}

TEST(SessionField, APatternIsLikeAnyOfItsNames) {
  EXPECT_EQ(said(with_hole("web1:")), (Saids{like, like, other, other, nothing}));
  EXPECT_EQ(said(with_hole("web1:6.6")), (Saids{like, other, other, other, nothing}));
  EXPECT_EQ(said(with_hole("cdcd")), (Saids{other, other, other, like, nothing}));
  EXPECT_EQ(said(with_hole("")), (Saids{like, like, like, like, nothing}));
}

TEST(SessionField, APageOfOtherSessionsIsRuledOut) {
  const FieldLook look({rows()[2]});
  const auto named = session_field(look.sealed(), Pattern::exactly("web1:6"), false).value();
  EXPECT_EQ(named->can_say(look.sealed(), 0) & set_of(like), 0);
  const auto there = session_field(look.sealed(), Pattern::exactly("db:1:6"), false).value();
  EXPECT_NE(there->can_say(look.sealed(), 0) & set_of(like), 0);
}

TEST(SessionKeyField, TheKeysThatOpenedIt) {
  FieldLook look(rows());
  look.outside.keys = [](std::string_view host, std::string_view session) {
    EXPECT_EQ(host, "web1");
    return session == kUid ? std::vector<std::string>{"SHA256:x", "alice@corp"}
                           : std::vector<std::string>{};
  };
  const auto field = session_key_field(Pattern::exactly("alice@corp"), true);
  EXPECT_EQ(look.said(*field), (Saids{like, nothing, nothing, nothing, nothing}));
  const auto another = session_key_field(Pattern::exactly("bob@corp"), true);
  EXPECT_EQ(look.said(*another), (Saids{other, nothing, nothing, nothing, nothing}));
}

TEST(PersonField, WhoseItWasThen) {
  std::vector<Row> all = rows();
  for (const size_t i : {1, 2, 4}) all[i][Text::user].text = "alice";
  all[3][Text::keys].text = " alice@corp";
  FieldLook look(all);
  look.outside.keys = [](std::string_view, std::string_view session) {
    return session == kUid ? std::vector<std::string>{"SHA256:x"} : std::vector<std::string>{};
  };
  look.outside.person = [](std::string_view host, std::string_view user, std::string_view key,
                           int64_t time_ns) -> std::string {
    if (key == "SHA256:x") return "Ann";
    if (key == "alice@corp") return "Carla";
    if (user != "alice" || host != "web1") return "";
    return time_ns < 2'000'000'000 ? "Bob" : "Ann";
  };
  EXPECT_EQ(look.said(*person_field(Pattern::exactly("ann"), false)),
            (Saids{like, other, nothing, other, like}));
  EXPECT_EQ(look.said(*person_field(Pattern::exactly("Bob"), false)),
            (Saids{other, like, nothing, other, other}));
  EXPECT_EQ(look.said(*person_field(Pattern::exactly("Carla"), false)),
            (Saids{other, other, nothing, like, other}));
}

}  // namespace
}  // namespace spoor::collector
