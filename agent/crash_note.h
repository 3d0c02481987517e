// What the pipeline is at work on, in memory that outlives the process (agent/source/read_ring.h).
// Who starts after a crash reads there what broke the run before. What did so three times in a row
// is skipped: a record that we cannot bear costs one event, told as a Loss, and not everything that
// this host has to tell from then on.
//
// An event is known by its serial; what has none by a hash. A run that was killed looks like one
// that broke; but kills do not fall on the same event thrice. Capture thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/log_line.h"
#include "agent/model.h"

namespace spoor::agent {

class CrashNote {
 public:
  // Zero: nothing happened yet. No byte of it is believed to make sense.
  struct Memory {
    uint64_t at_work;     // what is being worked on; 0: nothing
    uint64_t suspect;     // what the run before died of, if it did
    uint32_t deaths;      // in a row, of the suspect
    uint32_t recoveries;  // in a row, that were begun and not ended
    std::array<uint64_t, 8> skipped;
  };
  enum class Kind : uint64_t { event = 1, record, message, timers, recovery, line };
  static constexpr uint64_t name(Kind kind, uint64_t which) {
    return static_cast<uint64_t>(kind) << 56 | (which & ((uint64_t{1} << 56) - 1));
  }
  static uint64_t name(const Datagram& record);  // one that belongs to no event
  static uint64_t name(const ProcessMessage& message);
  static uint64_t name(const LogLine& line);

  // Judges how the run before ended.
  explicit CrashNote(std::span<uint8_t> memory);

  // What lies in state and ring is beyond us: begin without.
  bool gives_up() const { return gives_up_; }
  // Where the judgement is new: what is to be skipped from here on, and why, for people.
  const std::string& verdict() const { return verdict_; }

  // Recovery begins, and is over.
  void recovering() { ++memory_.recoveries; }
  void recovered() { memory_.recoveries = 0; }
  // A state behind all this was saved: what broke us does not come again.
  void survived();

  enum class Answer : uint8_t { go_on, skip, skip_again };
  // Whether to leave this out; `skip` the first time that it is asked for.
  Answer ask(uint64_t name) { return memory_.skipped[0] == 0 ? Answer::go_on : look_up(name); }

  // For as long as it lives, `name` is at work; then what was before.
  class Work {
   public:
    Work(CrashNote* note, uint64_t name) : note_(note) {
      if (note_ == nullptr) return;
      before_ = note_->memory_.at_work;
      note_->set(name);
    }
    ~Work() {
      if (note_ != nullptr) note_->set(before_);
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    CrashNote* note_;
    uint64_t before_ = 0;
  };

 private:
  void set(uint64_t name);
  void judge(uint64_t died_of);
  Answer look_up(uint64_t name);

  Memory& memory_;  // whoever gave it us owns it
  bool gives_up_ = false;
  std::string verdict_;
  std::vector<uint64_t> asked_;  // of the skipped ones
};

}  // namespace spoor::agent
