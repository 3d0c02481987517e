// The agent's side of its witness (agent/witness_process.h), a process that may see what Landlock
// keeps from the agent: which file another process executes, and where its descriptors lead. It is
// a child of the agent and outlives the agent's image on SIGHUP, but not the agent.
//
// Without a witness, and once it has ended, every question goes without an answer: nothing waits
// for it, and nothing fails. One question is under way at a time; whoever asks waits for it, at
// most kWitnessWaitNs, and not at all while an older one has no answer yet. Owns socket and child;
// not for two threads at once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "agent/source/witness_message.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

// An answer takes 30 us, and more than 20 ms one time in fourteen where ten others want each
// processor (measured). Whoever waits longer than this has an event that went on without it.
inline constexpr int64_t kWitnessWaitNs = 50'000'000;
// Of one that has run before, once: without an answer it is given up until the next start, and a
// busy machine is no reason for that.
inline constexpr int64_t kWitnessKeptWaitNs = 5'000'000'000;

// What is lost without one.
inline constexpr const char* kWithoutWitness =
    "programs that audit did not see executing are not believed, and paths relative to an unknown "
    "directory stay so";

class Witness {
 public:
  struct Connection {
    UniqueFd socket;
    pid_t child = 0;
  };

  Witness() = default;
  // Takes the witness's first word, or, of one that has run before, an answer. A failure says what
  // the witness said; it has ended then.
  static Result<Witness> begin(Connection connection);
  static Result<Witness> go_on(Connection connection);
  Witness(Witness&&) = default;
  Witness& operator=(Witness&&) = delete;
  ~Witness();

  std::optional<WitnessSight> program(uint32_t pid);
  std::optional<WitnessSight> directory(uint32_t pid, int32_t descriptor);

  bool is_there() const { return connection_.socket.is_open(); }
  // Looks whether it is there still: true once, when it has ended since.
  bool has_ended();
  // For the image that comes after this one.
  const Connection& connection() const { return connection_; }
  Connection release() && { return std::move(connection_); }

 private:
  explicit Witness(Connection connection) : connection_(std::move(connection)) {}
  std::optional<WitnessSight> ask(WitnessQuestion question);
  std::optional<WitnessAnswer> receive(int flags);
  bool receive_last(int flags, std::optional<WitnessSight>& sight);
  void give_up();

  Connection connection_;
  uint64_t number_ = 0;   // of the last question
  bool waits_ = false;    // it has no answer yet
  bool ended_ = false;    // and nobody was told
};

}  // namespace spoor::agent
