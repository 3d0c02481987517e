// What the agent asks its witness (agent/witness_process.h) and what that answers: one message
// each, over a socket that keeps their borders. Neither side believes the other: a question is
// numbers alone, and of an answer each length is checked. Both carry the version of this format,
// since after an upgrade a new agent goes on with the witness of the old one. Plain data; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::agent {

// Grows with every change of what is below.
inline constexpr uint32_t kWitnessVersion = 1;

struct WitnessQuestion {
  enum class What : uint32_t {
    program = 1,    // the file that the process executes: /proc/PID/exe
    directory = 2,  // what a descriptor of it leads to: /proc/PID/fd/N
  };
  uint32_t version = kWitnessVersion;
  What what = What::program;
  uint64_t number = 0;  // comes back with the answer
  uint32_t pid = 0;
  int32_t descriptor = 0;
};

// What a link of /proc/PID leads to, as the kernel knows it and no process can say otherwise.
struct WitnessSight {
  // From the root of the file's own tree of mounts; " (deleted)" behind it where it has no name.
  std::string path;
  uint64_t inode = 0;
  uint32_t device_major = 0, device_minor = 0;  // as stat(2) has them
  uint64_t mount = 0;  // its id in /proc/PID/mountinfo; 0: the kernel does not tell (before 5.8)
  // Of a directory: the process's root directory is that of its tree of mounts (no chroot).
  bool has_whole_root = false;
  bool operator==(const WitnessSight&) const = default;
};

struct WitnessAnswer {
  uint32_t version = kWitnessVersion;
  uint32_t error = 0;  // an errno; the rest is then not known, but `path` may say of what
  uint64_t number = 0;
  WitnessSight sight;
};

inline constexpr size_t kWitnessQuestionBytes = 24;
// PATH_MAX. What is longer the witness does not tell.
inline constexpr size_t kWitnessPathBytesMax = 4096;
inline constexpr size_t kWitnessAnswerBytes = 48;  // before the path
inline constexpr size_t kWitnessAnswerBytesMax = kWitnessAnswerBytes + kWitnessPathBytesMax;

// Into memory of the caller's, since the witness may ask for none; how much of it was used. A path
// beyond its bound is cut.
size_t write_question(const WitnessQuestion& question, uint8_t (&to)[kWitnessQuestionBytes]);
size_t write_answer(const WitnessAnswer& answer, std::string_view path,
                    uint8_t (&to)[kWitnessAnswerBytesMax]);
// Absent for what makes no sense. Of another version only the version is known.
std::optional<WitnessQuestion> read_question(std::string_view message);
std::optional<WitnessAnswer> read_answer(std::string_view message);

}  // namespace spoor::agent
