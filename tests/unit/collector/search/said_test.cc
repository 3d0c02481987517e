#include "collector/search/said.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(Said, AnswersFollow) {
  EXPECT_EQ(answer_of(Said::nothing, false), Answer::no);
  EXPECT_EQ(answer_of(Said::nothing, true), Answer::no);
  EXPECT_EQ(answer_of(Said::other, true), Answer::yes);
  EXPECT_EQ(answer_of(Said::like, true), Answer::no);
  EXPECT_EQ(not_of(Answer::unsure), Answer::unsure);
  EXPECT_EQ(not_of(Answer::no), Answer::yes);
}

// A set is what comes of each of its members.
TEST(Said, SetsAreTheirMembers) {
  for (const Said a : {Said::nothing, Said::other, Said::unsure, Said::like}) {
    for (const Said b : {Said::nothing, Said::other, Said::unsure, Said::like}) {
      const SaidSet both = set_of(a) | set_of(b);
      for (const bool is_other : {false, true}) {
        const AnswerSet answers = set_of(answer_of(a, is_other)) | set_of(answer_of(b, is_other));
        EXPECT_EQ(answers_of(both, is_other), answers);
        EXPECT_EQ(not_of(answers), set_of(not_of(answer_of(a, is_other))) |
                                       set_of(not_of(answer_of(b, is_other))));
      }
      EXPECT_EQ(lesser_of(set_of(a), set_of(b)), set_of(std::min(a, b)));
      EXPECT_EQ(greater_of(both, set_of(b)), set_of(b) | set_of(std::max(a, b)));
    }
  }
}

}  // namespace
}  // namespace spoor::collector
