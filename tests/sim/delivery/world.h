// One run of the simulation: hosts, a network and a collector, and the faults that befall them, all
// drawn from one seed. One thread.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "tests/sim/delivery/sim_collector.h"
#include "tests/sim/delivery/sim_host.h"

namespace spoor::sim {

// A door that lies, to show that the checks would notice; or, the network's, that it is harmless.
enum class LyingDoor { none, sync, rename, twice_in_log, twice };

class World {
 public:
  World(uint64_t seed, LyingDoor lie, Tally& tally);

  // At least kStepsMin steps and kFaultsMin faults, then none any more, until all is in the log.
  // Empty, or what went wrong.
  std::string run();
  uint64_t steps() const { return timeline_.steps(); }
  const Timeline& timeline() const { return timeline_; }

  static constexpr uint64_t kStepsMin = 5'000;
  static constexpr uint64_t kFaultsMin = 20;
  // Every fault that can be drawn is counted, so that one that never comes shows.
  static void expect_all(Tally& tally);

 private:
  struct Fault {
    const char* name;
    // False: there is nothing that it could befall now.
    bool (World::*befall)();
  };
  static const std::vector<Fault>& faults();

  SimHost& add_host(Badge badge);
  void draw_fault();
  void care();
  void seal();
  void heal();
  void say_last_words();
  void judge_absence(SimHost& host, const v1::Skip& skip);
  bool is_settled() const;
  SimHost& any_host() { return *hosts_[dice_.below(hosts_.size())]; }
  FakeFiles& any_disk();
  // Until then, if the world is not healed before.
  void later(int64_t ns, std::function<void()> what);
  void later(int64_t least_ms, int64_t most_ms, std::function<void()> what);

  bool slow_network();
  bool lossy_network();
  bool doubling_network();
  bool cut_calls();
  bool part();
  bool host_loses_power();
  bool host_loses_power_in_a_step();
  bool agent_dies();
  bool uplink_dies();
  bool collector_loses_power();
  bool collector_loses_power_in_a_step();
  bool collector_dies();
  bool collector_stops();
  bool collector_restored();
  bool back_up();
  bool disk_full();
  bool disk_fails();
  bool sync_fails();
  bool slow_disk();
  bool disk_stalls();
  bool bit_flips();
  bool clock_jumps();
  bool burst();
  bool certificate_expires();
  bool image();
  bool host_rolled_back();
  bool host_cloned();
  void running_host_cloned(uint64_t which);

  Tally& tally_;
  Timeline timeline_;
  Dice dice_;
  Dice seals_;
  Ledger ledger_;
  Network network_;
  const SimHost::News news_;
  const bool has_certificates_;
  SimCollector collector_;
  std::vector<std::unique_ptr<SimHost>> hosts_;
  std::vector<FakeFiles::Picture> backups_;
  std::map<size_t, FakeFiles::Picture> images_;  // of hosts
  uint64_t fault_count_ = 0;
  bool is_healed_ = false;
  bool has_last_word_ = false;
};

}  // namespace spoor::sim
