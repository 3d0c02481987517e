// A collector of the simulation: the real log, intake, writer and sessions, composed as
// collector/collector.cc composes them, on a disk and a clock of its own. It dies and starts.
// One thread.
#pragma once

#include <memory>
#include <set>

#include "agent/spool/trust.h"
#include "collector/log/ballast.h"
#include "collector/log/log_keeper.h"
#include "collector/receive/journal.h"
#include "collector/receive/log_writer.h"
#include "tests/sim/delivery/dice.h"
#include "tests/sim/delivery/ledger.h"
#include "tests/sim/delivery/network.h"
#include "tests/support/fake_files.h"

namespace spoor::sim {

class ServerCall;

class SimCollector {
 public:
  SimCollector(Timeline& timeline, Dice dice, Network& network, Ledger& ledger);
  ~SimCollector();

  // Fails while the disk does; the caller tries again.
  bool start();
  bool is_up() const { return log_ != nullptr; }
  // Nothing new is taken, what was taken is written, every uplink is told.
  void stop();
  // The process is gone between two steps; its disk stays.
  void kill();
  // The machine is gone: what was not synced is forgotten.
  void cut_power();
  // The whole disk as it was when `picture` was taken. The collector is down.
  void restore(const FakeFiles::Picture& picture);
  FakeFiles::Picture picture() const { return files_.picture(); }

  // Whose commits hosts believe that have a trust file; nullopt: no log was made yet.
  const std::optional<agent::Trust>& trust() const { return trust_; }

  // Agents' frames are taken.
  bool is_writable() const { return is_writable_; }

  FakeFiles& files() { return files_; }
  MachineClock& clock() { return clock_; }
  // Seals a segment of the log, if one is to be sealed. True: that is done.
  bool seal();
  // No step of the writer's before then.
  void stall_until(int64_t ns) { stalled_until_ns_ = ns; }
  // Hands one block of each group over to the log twice: a queue that lies.
  void lie_twice() { is_lying_twice_ = true; }

 private:
  friend class ServerCall;
  collector::LogIdentity identity() const;
  collector::LogDoor door();
  Status write_durably(std::span<const collector::NewEntry> entries);
  void kick();
  void write();
  void clear();

  Timeline& timeline_;
  Dice dice_;
  Network& network_;
  Ledger& ledger_;
  FakeFiles files_;
  MachineClock clock_;
  std::optional<agent::Trust> trust_;
  collector::Ballast ballast_;
  std::unique_ptr<collector::Log> log_;
  std::unique_ptr<collector::LogKeeper> keeper_;
  std::unique_ptr<collector::Journal> journal_;
  std::unique_ptr<collector::Intake> intake_;
  std::unique_ptr<collector::LogWriter> writer_;
  std::set<std::shared_ptr<ServerCall>> calls_;
  uint64_t life_ = 0;
  bool is_kicked_ = false;
  uint64_t waits_ = 0;  // of the writer's for something to do
  bool is_writable_ = true;
  bool is_full_ = false;  // the disk: no frame of an agent's is taken
  int64_t stalled_until_ns_ = 0;
  bool is_lying_twice_ = false;
};

}  // namespace spoor::sim
