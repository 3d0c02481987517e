// Rows of an index as a fleet's would be, made up: 200 hosts of 8 images, 5,000 sessions that take
// turns, commands by Zipf's law out of 60 programs, every process with a pid and a birth of its
// own, starts and ends as they come to the collector. The same rows each time.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "collector/blocks/row.h"

namespace spoor::collector {

enum class Corpus : uint8_t {
  zipf,      // 20,000 command lines, few of them common
  distinct,  // no command line twice
  files,     // what is written, created, removed: new inodes, some paths again and again
};

class BlockRows {
 public:
  explicit BlockRows(Corpus corpus);

  // The next row. Views into what is overwritten by the call after it.
  const Row& next();

 private:
  struct Host {
    std::string name, boot, stream;
    size_t image = 0;
    uint64_t order = 0, sequence = 0, serial = 0, pid = 1000, boot_ns = 0;
  };
  struct Session {
    size_t host = 0, user = 0;
    std::string uid, terminal;
    uint64_t ses = 0, shell = 0, shell_birth = 0;
    // Of the command that runs.
    bool runs = false;
    uint64_t pid = 0, birth = 0, born = 0;
    bool as_root = false;
  };

  uint64_t below(uint64_t bound) { return random_() % bound; }
  size_t zipf(const std::vector<double>& weights);
  std::string bytes(size_t size);
  Session new_session();
  void start(Session& session);
  void end(Session& session);
  void touch(Session& session);
  void begin_row(Session& session, uint64_t kind, uint64_t time_ns);

  const Corpus corpus_;
  std::mt19937_64 random_{7};
  uint64_t now_ns_ = 1'795'300'000'000'000'000;
  std::vector<Host> hosts_;
  std::vector<Session> sessions_;
  std::vector<std::string> commands_, users_, folders_;
  std::vector<size_t> program_of_;  // of a command line
  std::vector<double> command_weights_, user_weights_;
  uint64_t lines_ = 0;
  Row row_;
  std::string exe_, command_, file_, rest_;
};

}  // namespace spoor::collector
