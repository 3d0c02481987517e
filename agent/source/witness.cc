#include "agent/source/witness.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/bytes.h"
#include "common/clock.h"

namespace spoor::agent {
namespace {

constexpr const char* kNoWitness = "the witness process";
// One may come late, and one of the image before. More are nonsense.
constexpr int kLateMax = 8;

Status wait_at_most(int64_t ns, int socket) {
  timeval wait{};
  wait.tv_sec = ns / kNsPerSecond;
  wait.tv_usec = static_cast<suseconds_t>(ns % kNsPerSecond / 1000);
  return setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) == 0
             ? ok()
             : from_errno(errno, kNoWitness);
}

}  // namespace

Result<Witness> Witness::begin(Connection connection) {
  Witness witness(std::move(connection));
  const auto first = witness.receive(0);
  if (!first) return unavailable(std::string(kNoWitness) + " ended as soon as it began");
  if (first->error != 0) {
    return from_errno(static_cast<int>(first->error),
                      std::string(kNoWitness) + ": " + first->sight.path);
  }
  RETURN_IF_ERROR(wait_at_most(kWitnessWaitNs, witness.connection_.socket.get()));
  return witness;
}

Result<Witness> Witness::go_on(Connection connection) {
  if (!connection.socket.is_open()) {
    return not_found("the image before had no witness process");
  }
  Witness witness(std::move(connection));
  RETURN_IF_ERROR(wait_at_most(kWitnessKeptWaitNs, witness.connection_.socket.get()));
  if (!witness.program(static_cast<uint32_t>(getpid()))) {
    return unavailable(std::string(kNoWitness) + (witness.is_there()
                                                      ? " does not answer"
                                                      : " has ended, or is of another version"));
  }
  RETURN_IF_ERROR(wait_at_most(kWitnessWaitNs, witness.connection_.socket.get()));
  return witness;
}

Witness::~Witness() { give_up(); }

// Its socket is its life.
void Witness::give_up() {
  if (!connection_.socket.is_open()) return;
  connection_.socket.reset();
  const pid_t child = std::exchange(connection_.child, 0);
  ended_ = true;
  if (child <= 0) return;
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
}

bool Witness::has_ended() {
  if (is_there()) {
    uint8_t byte = 0;
    const ssize_t got =
        recv(connection_.socket.get(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) give_up();
  }
  return std::exchange(ended_, false);
}

std::optional<WitnessSight> Witness::program(uint32_t pid) {
  return ask({.what = WitnessQuestion::What::program, .pid = pid});
}

std::optional<WitnessSight> Witness::directory(uint32_t pid, int32_t descriptor) {
  return ask({.what = WitnessQuestion::What::directory, .pid = pid, .descriptor = descriptor});
}

// Absent: nothing has come, or nothing that makes sense, and then it is given up.
std::optional<WitnessAnswer> Witness::receive(int flags) {
  uint8_t bytes[kWitnessAnswerBytesMax + 1];
  ssize_t got = -1;
  do {
    got = recv(connection_.socket.get(), bytes, sizeof bytes, flags);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return std::nullopt;
  auto answer = got <= 0 ? std::nullopt
                         : read_answer(as_text({bytes, static_cast<size_t>(got)}));
  if (!answer || answer->version != kWitnessVersion) {
    give_up();
    return std::nullopt;
  }
  return answer;
}

// Whether the last question has its answer: `sight`, where that is one. Answers to questions before
// it, also of the image before this one, are passed over.
bool Witness::receive_last(int flags, std::optional<WitnessSight>& sight) {
  for (int i = 0; waits_ && i < kLateMax; ++i) {
    auto answer = receive(flags);
    if (!answer) return false;
    waits_ = answer->number != number_;
    if (!waits_ && answer->error == 0) sight = std::move(answer->sight);
  }
  return !waits_;
}

std::optional<WitnessSight> Witness::ask(WitnessQuestion question) {
  std::optional<WitnessSight> sight;
  // What it takes for nonsense is its end.
  if (question.pid == 0 || question.descriptor < 0) return std::nullopt;
  if (!receive_last(MSG_DONTWAIT, sight) || !is_there()) return std::nullopt;
  question.number = ++number_;
  uint8_t bytes[kWitnessQuestionBytes];
  const size_t size = write_question(question, bytes);
  if (send(connection_.socket.get(), bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
    if (errno != EAGAIN) give_up();
    return std::nullopt;
  }
  waits_ = true;
  sight.reset();
  (void)receive_last(0, sight);
  return sight;
}

}  // namespace spoor::agent
