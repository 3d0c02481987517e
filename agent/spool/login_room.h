// A little of the disk that is held for logins (`access` frames), which matter most where a disk is
// full: given back to it piece by piece, just before such a frame is written, so that nobody else
// is likely to have it first. Used by the spool's thread.
#pragma once

#include <optional>
#include <string>

#include "common/files.h"

namespace spoor::agent {

class LoginRoom {
 public:
  // `files` outlives it.
  LoginRoom(Files& files, std::string path) : files_(files), path_(std::move(path)) {}

  // Holds again what it lacks, as far as the disk has it.
  void fill();
  // True: that much more is free now. It keeps what a tombstone takes, without which nothing can be
  // evicted.
  bool give(uint64_t bytes);
  // That, too. False: there was none.
  bool give_all();

 private:
  bool shrink(uint64_t to);

  Files& files_;
  const std::string path_;
  std::optional<uint64_t> bytes_;  // what it holds, once that is known
};

}  // namespace spoor::agent
