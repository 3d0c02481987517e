#include "agent/source/witness.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>

#include "common/bytes.h"
#include "common/clock.h"

namespace spoor::agent {
namespace {

// A witness that says what the test wants; in this process, so that it is no child.
// Until there is one, however busy the machine is.
WitnessSight answer_of(const std::function<std::optional<WitnessSight>()>& ask) {
  std::optional<WitnessSight> sight;
  while (!sight) sight = ask();
  return *sight;
}
WitnessSight program(Witness& witness, uint32_t pid) {
  return answer_of([&] { return witness.program(pid); });
}

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    int pair[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    ours_.reset(pair[0]);
    its_.reset(pair[1]);
  }
  ~WitnessTest() override {
    its_.reset();
    if (thread_.joinable()) thread_.join();
  }
  void say(const WitnessAnswer& answer, std::string_view path) {
    uint8_t bytes[kWitnessAnswerBytesMax];
    const size_t size = write_answer(answer, path, bytes);
    EXPECT_EQ(send(its_.get(), bytes, size, MSG_NOSIGNAL), static_cast<ssize_t>(size));
  }
  void say_number(uint64_t number, std::string_view path) {
    WitnessAnswer answer;
    answer.number = number;
    say(answer, path);
  }
  // Answers each question with what `reply` says to it.
  void answer_with(std::function<void(const WitnessQuestion&)> reply) {
    thread_ = std::thread([this, reply = std::move(reply)] {
      char bytes[64];
      while (true) {
        const ssize_t got = recv(its_.get(), bytes, sizeof bytes, 0);
        if (got <= 0) return;
        reply(*read_question({bytes, static_cast<size_t>(got)}));
      }
    });
  }
  Witness begin() {
    say({}, "/");
    auto witness = Witness::begin({std::move(ours_), 0});
    EXPECT_TRUE(witness.is_ok()) << witness.status().message();
    return std::move(witness).value();
  }
  UniqueFd ours_, its_;
  std::thread thread_;
};

TEST_F(WitnessTest, FirstWordIsTakenOrItsFailureTold) {
  WitnessAnswer failed;
  failed.error = 1;
  say(failed, "loading its seccomp filter");
  const auto begun = Witness::begin({std::move(ours_), 0});
  ASSERT_FALSE(begun.is_ok());
  EXPECT_NE(begun.status().message().find("loading its seccomp filter"), std::string::npos);
  EXPECT_EQ(begun.code(), Code::denied);
}

TEST_F(WitnessTest, OneThatDiesAtOnceIsAFailure) {
  its_.reset();
  EXPECT_FALSE(Witness::begin({std::move(ours_), 0}).is_ok());
}

TEST_F(WitnessTest, NoneAnswersNothingAndIsNotTheOneThatEnded) {
  Witness none;
  EXPECT_FALSE(none.is_there());
  EXPECT_FALSE(none.program(1));
  EXPECT_FALSE(none.directory(1, 3));
  EXPECT_FALSE(none.has_ended());
}

TEST_F(WitnessTest, AnswersGoToTheirQuestions) {
  Witness witness = begin();
  answer_with([this](const WitnessQuestion& question) {
    const bool program = question.what == WitnessQuestion::What::program;
    say_number(question.number, (program ? "/p" : "/d") + std::to_string(question.pid) + "." +
                                    std::to_string(question.descriptor));
  });
  EXPECT_EQ(program(witness, 5).path, "/p5.0");
  EXPECT_EQ(answer_of([&] { return witness.directory(6, 7); }).path, "/d6.7");
  EXPECT_FALSE(witness.program(0)) << "no process: not even asked";
  EXPECT_FALSE(witness.directory(6, -100)) << "AT_FDCWD is no descriptor";
  EXPECT_EQ(program(witness, 8).path, "/p8.0");
}

TEST_F(WitnessTest, ErrorsAreNoAnswerAndNoEnd) {
  Witness witness = begin();
  answer_with([this](const WitnessQuestion& question) {
    WitnessAnswer answer;
    answer.number = question.number;
    answer.error = question.pid == 1 ? 2 : 0;
    say(answer, question.pid == 1 ? "" : "/x");
  });
  EXPECT_FALSE(witness.program(1));
  (void)program(witness, 2);
  EXPECT_FALSE(witness.has_ended());
}

// One that is held up keeps nobody: who asks waits once, and what comes late is nobody's.
TEST_F(WitnessTest, OneThatIsSlowIsNotWaitedForAgain) {
  Witness witness = begin();
  EXPECT_FALSE(witness.program(1));  // number 1
  for (int i = 0; i < 100'000; ++i) EXPECT_FALSE(witness.program(2));
  char bytes[64];
  EXPECT_EQ(recv(its_.get(), bytes, sizeof bytes, 0), ssize_t{kWitnessQuestionBytes});
  EXPECT_LT(recv(its_.get(), bytes, sizeof bytes, MSG_DONTWAIT), 0) << "it was asked once";
  say_number(1, "/late");
  answer_with([this](const WitnessQuestion& q) { say_number(q.number, "/in-time"); });
  EXPECT_EQ(program(witness, 3).path, "/in-time");
}

// On a busy machine: later than any other question would have waited for.
TEST_F(WitnessTest, OneThatIsLateAtAReloadIsKept) {
  answer_with([this](const WitnessQuestion& q) {
    if (q.number == 1) poll(nullptr, 0, static_cast<int>(4 * kWitnessWaitNs / kNsPerMs));
    say_number(q.number, "/mine");
  });
  auto witness = Witness::go_on({std::move(ours_), 0});
  ASSERT_TRUE(witness.is_ok()) << witness.status().message();
  EXPECT_EQ(program(*witness, 1).path, "/mine");
}

TEST_F(WitnessTest, WhatTheImageBeforeHadAskedIsPassedOver) {
  say_number(4711, "/of-another-image");
  answer_with([this](const WitnessQuestion& q) { say_number(q.number, "/mine"); });
  auto witness = Witness::go_on({std::move(ours_), 0});
  ASSERT_TRUE(witness.is_ok()) << witness.status().message();
  EXPECT_EQ(program(*witness, 1).path, "/mine");
}

TEST_F(WitnessTest, OfAnotherVersionIsNotGoneOnWith) {
  answer_with([this](const WitnessQuestion& question) {
    WitnessAnswer answer;
    answer.version = kWitnessVersion + 1;
    answer.number = question.number;
    say(answer, "/x");
  });
  const auto witness = Witness::go_on({std::move(ours_), 0});
  ASSERT_FALSE(witness.is_ok());
  EXPECT_NE(witness.status().message().find("version"), std::string::npos);
}

TEST_F(WitnessTest, ItsEndIsToldOnce) {
  Witness witness = begin();
  EXPECT_FALSE(witness.has_ended());
  EXPECT_TRUE(witness.is_there());
  its_.reset();
  EXPECT_TRUE(witness.has_ended());
  EXPECT_FALSE(witness.has_ended());
  EXPECT_FALSE(witness.is_there());
  EXPECT_FALSE(witness.program(1));
}

TEST_F(WitnessTest, AnEndThatAQuestionMeetsIsToldToo) {
  Witness witness = begin();
  its_.reset();
  EXPECT_FALSE(witness.program(1));
  EXPECT_TRUE(witness.has_ended());
  EXPECT_FALSE(witness.has_ended());
}

TEST_F(WitnessTest, NonsenseIsItsEnd) {
  for (const char* nonsense : {"x", "0123456789012345678901234567890123456789012345678"}) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    its_.reset(pair[1]);
    ours_.reset(pair[0]);
    Witness witness = begin();
    ASSERT_GT(send(its_.get(), nonsense, strlen(nonsense), 0), 0);
    EXPECT_FALSE(witness.program(1));
    EXPECT_TRUE(witness.has_ended()) << nonsense;
  }
}

// A flood of answers that nobody asked for ends, and hides the true one no longer than it lasts.
TEST_F(WitnessTest, AFloodOfAnswersIsPassedOverInSteps) {
  Witness witness = begin();
  for (uint64_t i = 0; i < 20; ++i) say_number(1000 + i, "/flood");
  EXPECT_FALSE(witness.program(1));
  EXPECT_FALSE(witness.program(2)) << "still the answer to the first";
  say_number(1, "/first");
  EXPECT_FALSE(witness.program(3));
  answer_with([this](const WitnessQuestion& q) { say_number(q.number, "/mine"); });
  EXPECT_EQ(program(witness, 4).path, "/mine");
}

TEST_F(WitnessTest, ItsChildIsWaitedFor) {
  const pid_t child = fork();
  if (child == 0) {
    ours_.reset();
    char byte;
    _exit(recv(its_.get(), &byte, 1, 0) == 0 ? 0 : 1);
  }
  say({}, "/");
  its_.reset();
  {
    auto witness = Witness::begin({std::move(ours_), child});
    ASSERT_TRUE(witness.is_ok());
    EXPECT_EQ(kill(child, 0), 0);
  }
  EXPECT_EQ(waitpid(child, nullptr, WNOHANG), -1) << "no zombie is left";
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace spoor::agent
