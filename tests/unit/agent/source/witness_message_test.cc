#include "agent/source/witness_message.h"

#include <gtest/gtest.h>

#include <string>

#include "common/bytes.h"

namespace spoor::agent {
namespace {

std::string question_bytes(const WitnessQuestion& question) {
  uint8_t bytes[kWitnessQuestionBytes];
  return std::string(as_text({bytes, write_question(question, bytes)}));
}

std::string answer_bytes(const WitnessAnswer& answer, std::string_view path) {
  uint8_t bytes[kWitnessAnswerBytesMax];
  return std::string(as_text({bytes, write_answer(answer, path, bytes)}));
}

WitnessAnswer some_answer() {
  WitnessAnswer answer;
  answer.number = 7;
  answer.sight = {.path = {}, .inode = 1u << 31, .device_major = 254, .device_minor = 3,
                  .mount = 29, .has_whole_root = true};
  return answer;
}

TEST(WitnessMessage, WhatIsWrittenIsRead) {
  const WitnessQuestion asked{.what = WitnessQuestion::What::directory, .number = 9, .pid = 4711,
                              .descriptor = 5};
  const auto question = read_question(question_bytes(asked));
  ASSERT_TRUE(question);
  EXPECT_EQ(question->what, asked.what);
  EXPECT_EQ(question->number, 9u);
  EXPECT_EQ(question->pid, 4711u);
  EXPECT_EQ(question->descriptor, 5);

  const auto answer = read_answer(answer_bytes(some_answer(), "/usr/sbin/sshd (deleted)"));
  ASSERT_TRUE(answer);
  WitnessSight expected = some_answer().sight;
  expected.path = "/usr/sbin/sshd (deleted)";
  EXPECT_EQ(answer->number, 7u);
  EXPECT_EQ(answer->error, 0u);
  EXPECT_EQ(answer->sight, expected);
}

TEST(WitnessMessage, NonsenseIsNoQuestion) {
  const std::string good = question_bytes({.pid = 1});
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(read_question(good.substr(0, size)).has_value(), false) << size;
  }
  EXPECT_FALSE(read_question(good + "x"));
  EXPECT_FALSE(read_question(question_bytes({.pid = 0})));
  EXPECT_FALSE(read_question(question_bytes({.pid = 1, .descriptor = -100})));
  EXPECT_FALSE(read_question(question_bytes({.what = WitnessQuestion::What{3}, .pid = 1})));
}

TEST(WitnessMessage, NonsenseIsNoAnswer) {
  const std::string good = answer_bytes(some_answer(), "/a");
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(read_answer(good.substr(0, size))) << size;
  }
  EXPECT_FALSE(read_answer(good + "x")) << "more than it says";
  EXPECT_FALSE(read_answer(answer_bytes(some_answer(), "a"))) << "no path";
  EXPECT_FALSE(read_answer(answer_bytes(some_answer(), ""))) << "no path";
  EXPECT_FALSE(read_answer(answer_bytes(some_answer(), std::string_view("/\0a", 3))));
  std::string flags = good;
  flags[40] = 2;
  EXPECT_FALSE(read_answer(flags));
  WitnessAnswer failed = some_answer();
  failed.error = 13;
  EXPECT_TRUE(read_answer(answer_bytes(failed, "")));
}

TEST(WitnessMessage, PathsAreBounded) {
  const std::string longest = "/" + std::string(kWitnessPathBytesMax - 1, 'x');
  const auto answer = read_answer(answer_bytes(some_answer(), longest + "y"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sight.path, longest);
}

// An upgrade meets the witness of before: it must say so, whatever else has changed.
TEST(WitnessMessage, OfAnotherVersionOnlyTheVersionIsRead) {
  std::string other(3, '\0');
  EXPECT_FALSE(read_question(other));
  EXPECT_FALSE(read_answer(other));
  other.assign(4, '\0');
  other[0] = static_cast<char>(kWitnessVersion + 1);
  for (const std::string& message : {other, other + "anything"}) {
    const auto question = read_question(message);
    const auto answer = read_answer(message);
    ASSERT_TRUE(question && answer);
    EXPECT_EQ(question->version, kWitnessVersion + 1);
    EXPECT_EQ(answer->version, kWitnessVersion + 1);
    EXPECT_EQ(question->pid, 0u);
    EXPECT_TRUE(answer->sight.path.empty());
  }
}

}  // namespace
}  // namespace spoor::agent
