#include "tests/sim/delivery/world.h"

#include <algorithm>
#include <array>

#include "common/log.h"

namespace spoor::sim {
namespace {

constexpr int64_t kFaultEveryMs = 300;
constexpr int64_t kCareNs = 300 * kNsPerMs;
constexpr uint64_t kRunningCloneOneIn = 2;  // worlds
// Worlds of lower seeds are drawn as they were when some of them found something.
constexpr uint64_t kNewsFrom = 20'001;
constexpr uint64_t kSealsFrom = 100'001;
constexpr uint64_t kSealsSeed = 0x5ea1;
constexpr uint64_t kClonesSeed = 0x100000021;
constexpr int64_t kLastWordNs = 5 * kNsPerSecond;
constexpr int64_t kLastWordAgainNs = 90 * kNsPerSecond;
// The longest that anything waits: an uplink's backoff of 30 s, a few times in a row.
constexpr int64_t kSettleNs = 600 * kNsPerSecond;

constexpr std::array<const char*, 6> kCauses = {
    "cause spool_full",    "cause disk_full",     "cause io_error",
    "cause spool_missing", "cause queue_full",    "cause collector_rollback"};
constexpr std::array<const char*, 8> kTold = {
    "told KIND_FORK",        "told KIND_HOST_ROLLED_BACK",
    "told KIND_CLONE",       "told KIND_COLLECTOR_ROLLED_BACK",
    "told CHANGE_DISK_FULL", "told CHANGE_WRITABLE",
    "told CHANGE_IO_ERROR",  "told CHANGE_CLOCK_STEPPED"};
constexpr size_t kHostsMax = 7;
constexpr const char* kSealed = "segment of the log sealed";
constexpr const char* kRunningHostCloned = "fault running host cloned";
constexpr std::array<const char*, 3> kMessageFaults = {
    "fault message dropped", "fault message doubled",
    "fault message of an older call came later"};

Status broken_disk() { return unavailable("input/output error"); }

}  // namespace

World::World(uint64_t seed, LyingDoor lie, Tally& tally)
    : tally_(tally),
      dice_(seed),
      seals_(seed ^ kSealsSeed),
      ledger_(tally),
      network_(timeline_, dice_.fork(), tally),
      news_{seed >= kNewsFrom, seed >= kNewsFrom},
      has_certificates_(dice_.one_in(2)),
      collector_(timeline_, dice_.fork(), network_, ledger_) {
  const size_t count = 3 + dice_.below(3);
  for (size_t i = 0; i < count; ++i) {
    Badge badge;
    if (has_certificates_) badge = {"web" + std::to_string(i), machine_id_of(i), false};
    add_host(std::move(badge));
  }
  network_.watch([this](size_t host, const v1::ShipRequest& request) {
    if (request.has_skip()) judge_absence(*hosts_[host], request.skip());
  });
  const auto how = lie == LyingDoor::sync     ? FakeFiles::Lie::sync
                   : lie == LyingDoor::rename ? FakeFiles::Lie::rename
                                              : FakeFiles::Lie::none;
  collector_.files().lie(how);
  for (auto& host : hosts_) host->files().lie(how);
  if (lie == LyingDoor::twice_in_log) collector_.lie_twice();
  if (lie == LyingDoor::twice) network_.lie_twice();
  if (seed >= kSealsFrom) {
    tally_.expect(kSealed);
    seal();
  }
  // Drawn apart: a world without one goes as it went before there was this fault.
  Dice clones(seed ^ kClonesSeed);
  if (!clones.one_in(kRunningCloneOneIn)) return;
  const uint64_t which = clones.next();
  later(clones.between(500, 6'000) * kNsPerMs, [this, which] { running_host_cloned(which); });
}

SimHost& World::add_host(Badge badge) {
  network_.add_host(std::move(badge));
  hosts_.push_back(std::make_unique<SimHost>(hosts_.size(), timeline_, dice_.fork(), network_,
                                             ledger_, [this] {
    return has_certificates_ ? collector_.trust() : std::nullopt;
  }, news_));
  return *hosts_.back();
}

std::string World::run() {
  care();
  draw_fault();
  const auto goes_on = [&] { return ledger_.failure().empty() && timeline_.step(); };
  while ((steps() < kStepsMin || fault_count_ < kFaultsMin) && goes_on()) {
  }
  heal();
  const int64_t deadline_ns = timeline_.now_ns() + kSettleNs;
  uint64_t looked = 0;
  while (goes_on()) {
    // Looking costs as much as many steps do.
    if (++looked % 64 == 0 && has_last_word_ && is_settled()) break;
    if (timeline_.now_ns() <= deadline_ns) continue;
    for (auto& host : hosts_) {
      if (!host->is_settled()) ledger_.fail("no progress after the faults: " + host->describe());
    }
    break;
  }
  if (!ledger_.failure().empty()) return ledger_.failure();
  if (!collector_.is_writable()) return "the collector's disk has room, and it takes nothing";
  ledger_.account();
  for (auto& host : hosts_) host->account();
  return ledger_.failure();
}

// What a Skip calls gone is gone when it is said; a power cut may bring back what was removed.
void World::judge_absence(SimHost& host, const v1::Skip& skip) {
  const bool is_gone = skip.cause() == v1::Loss::CAUSE_SPOOL_MISSING ||
                       skip.cause() == v1::Loss::CAUSE_COLLECTOR_ROLLBACK;
  if (!is_gone || !host.holds(skip)) return;
  const std::string range =
      std::to_string(skip.first_sequence()) + ".." + std::to_string(skip.last_sequence());
  ledger_.fail("told as lost, and still in the spool: epoch " + std::to_string(skip.epoch()) +
               ", " + range);
}

bool World::is_settled() const {
  return std::all_of(hosts_.begin(), hosts_.end(),
                     [](const auto& host) { return host->is_settled(); });
}

// Whoever is down is started, sooner or later.
void World::care() {
  if (!collector_.is_up() && dice_.one_in(3)) collector_.start();
  for (auto& host : hosts_) {
    if (!host->has_agent() && dice_.one_in(3)) host->start_agent();
    if (!host->has_uplink() && dice_.one_in(3)) host->start_uplink();
  }
  timeline_.in(kCareNs, [this] { care(); });
}

// The log's keeper has a thread of its own, and comes when it does; in heaps, or seldom.
void World::seal() {
  if (collector_.seal()) tally_.count(kSealed);
  const int64_t most_ms = seals_.one_in(3) ? 100 : 3'000;
  timeline_.in(seals_.between(1, most_ms) * kNsPerMs, [this] { seal(); });
}

void World::heal() {
  is_healed_ = true;
  for (size_t i = 0; i < hosts_.size(); ++i) {
    SimHost& host = *hosts_[i];
    network_.road(i) = {};
    network_.badge(i).is_expired = false;
    host.files().set_free_bytes(std::nullopt);
    host.files().set_sync_ns(0);
    host.files().forget_failures();
    host.stall_until(0);
    host.stop_producing();
  }
  collector_.files().set_free_bytes(std::nullopt);
  collector_.files().set_sync_ns(0);
  collector_.files().forget_failures();
  collector_.stall_until(0);
  timeline_.in(kLastWordNs, [this] { say_last_words(); });
}

// What is damaged at a stream's very end shows when something follows it; so does another history
// that ends below the log's end, and when that was set aside the next stream's may.
void World::say_last_words() {
  for (auto& host : hosts_) host->say_last_word();
  has_last_word_ = true;
  timeline_.in(kLastWordAgainNs, [this] { say_last_words(); });
}

void World::later(int64_t least_ms, int64_t most_ms, std::function<void()> what) {
  later(dice_.between(least_ms, most_ms) * kNsPerMs, std::move(what));
}

void World::later(int64_t ns, std::function<void()> what) {
  timeline_.in(ns, [this, what = std::move(what)] {
    if (!is_healed_) what();
  });
}

FakeFiles& World::any_disk() {
  // The collector's as often as all hosts' together.
  return dice_.one_in(2) ? collector_.files() : any_host().files();
}

// ------------------------------------------------------------------ faults

const std::vector<World::Fault>& World::faults() {
  static const std::vector<Fault> all = {
      {"fault slow network", &World::slow_network},
      {"fault lossy network", &World::lossy_network},
      {"fault doubling network", &World::doubling_network},
      {"fault calls cut", &World::cut_calls},
      {"fault partition", &World::part},
      {"fault host power cut", &World::host_loses_power},
      {"fault host power cut within a step", &World::host_loses_power_in_a_step},
      {"fault agent killed", &World::agent_dies},
      {"fault uplink killed", &World::uplink_dies},
      {"fault collector power cut", &World::collector_loses_power},
      {"fault collector power cut within a step", &World::collector_loses_power_in_a_step},
      {"fault collector killed", &World::collector_dies},
      {"fault collector stopped", &World::collector_stops},
      {"fault collector restored from a backup", &World::collector_restored},
      {"backup taken", &World::back_up},
      {"fault disk full", &World::disk_full},
      {"fault disk fails", &World::disk_fails},
      {"fault sync fails", &World::sync_fails},
      {"fault slow disk", &World::slow_disk},
      {"fault disk stalls 30 s", &World::disk_stalls},
      {"fault bit flipped in a spool", &World::bit_flips},
      {"fault clock jumps", &World::clock_jumps},
      {"fault burst of events", &World::burst},
      {"fault certificate expired", &World::certificate_expires},
      {"image of a host taken", &World::image},
      {"fault host rolled back", &World::host_rolled_back},
      {"fault host cloned", &World::host_cloned},
  };
  return all;
}

void World::expect_all(Tally& tally) {
  for (const Fault& fault : faults()) tally.expect(fault.name);
  tally.expect(kRunningHostCloned);
  for (const char* name : kMessageFaults) tally.expect(name);
  for (const char* name : kCauses) tally.expect(name);
  for (const char* name : kTold) tally.expect(name);
}

void World::draw_fault() {
  if (is_healed_) return;
  const Fault& fault = faults()[dice_.below(faults().size())];
  if ((this->*fault.befall)()) {
    log_debug("{}", fault.name);
    tally_.count(fault.name);
    ++fault_count_;
  }
  timeline_.in(dice_.between(0, 2 * kFaultEveryMs) * kNsPerMs, [this] { draw_fault(); });
}

bool World::slow_network() {
  Road& road = network_.road(dice_.below(hosts_.size()));
  road.delay_max_ns = dice_.between(50, 3'000) * kNsPerMs;
  later(500, 8'000, [&road] { road.delay_max_ns = Road().delay_max_ns; });
  return true;
}

bool World::lossy_network() {
  Road& road = network_.road(dice_.below(hosts_.size()));
  road.dropped_one_in = static_cast<uint64_t>(dice_.between(3, 40));
  later(500, 5'000, [&road] { road.dropped_one_in = 0; });
  return true;
}

bool World::doubling_network() {
  Road& road = network_.road(dice_.below(hosts_.size()));
  road.doubled_one_in = static_cast<uint64_t>(dice_.between(1, 20));
  later(500, 5'000, [&road] { road.doubled_one_in = 0; });
  return true;
}

bool World::cut_calls() {
  if (dice_.one_in(4)) {
    network_.cut_all();
  } else {
    network_.cut(dice_.below(hosts_.size()));
  }
  return true;
}

bool World::part() {
  const size_t host = dice_.below(hosts_.size());
  Road& road = network_.road(host);
  road.is_parted = true;
  if (dice_.one_in(2)) network_.cut(host);
  later(200, 20'000, [&road] { road.is_parted = false; });
  return true;
}

bool World::host_loses_power() {
  SimHost& host = any_host();
  host.cut_power();
  return true;
}

bool World::host_loses_power_in_a_step() {
  any_host().files().fail_power_after(static_cast<uint64_t>(dice_.between(1, 60)));
  return true;
}

bool World::agent_dies() {
  SimHost& host = any_host();
  if (!host.has_agent()) return false;
  host.kill_agent();
  return true;
}

bool World::uplink_dies() {
  SimHost& host = any_host();
  if (!host.has_uplink()) return false;
  host.kill_uplink();
  return true;
}

bool World::collector_loses_power() {
  if (!collector_.is_up()) return false;
  collector_.cut_power();
  return true;
}

bool World::collector_loses_power_in_a_step() {
  collector_.files().fail_power_after(static_cast<uint64_t>(dice_.between(1, 60)));
  return true;
}

bool World::collector_dies() {
  if (!collector_.is_up()) return false;
  collector_.kill();
  return true;
}

bool World::collector_stops() {
  if (!collector_.is_up()) return false;
  collector_.stop();
  return true;
}

bool World::back_up() {
  FakeFiles::Picture picture = collector_.picture();
  if (!picture.contains("/log/identity")) return false;  // there is no log yet
  backups_.push_back(std::move(picture));
  return true;
}

bool World::collector_restored() {
  if (backups_.empty()) return false;
  if (collector_.is_up()) collector_.kill();
  collector_.restore(backups_[dice_.below(backups_.size())]);
  return true;
}

bool World::disk_full() {
  FakeFiles& files = any_disk();
  files.set_free_bytes(dice_.below(6'000));
  later(500, 8'000, [&files] { files.set_free_bytes(std::nullopt); });
  return true;
}

bool World::disk_fails() {
  static constexpr std::array<FakeFiles::Operation, 6> kOperations = {
      FakeFiles::Operation::append,      FakeFiles::Operation::truncate,
      FakeFiles::Operation::sync_folder, FakeFiles::Operation::rename,
      FakeFiles::Operation::open,        FakeFiles::Operation::read};
  any_disk().fail_next(kOperations[dice_.below(kOperations.size())], broken_disk(),
                       static_cast<int>(dice_.between(1, 4)));
  return true;
}

// What it should have written is dropped, and the next one does not say so.
bool World::sync_fails() {
  const auto times = static_cast<int>(dice_.between(1, 2));
  if (dice_.one_in(2)) {
    collector_.files().fail_next(FakeFiles::Operation::sync, broken_disk(), times);
  } else {
    any_host().fail_syncs(broken_disk(), times);
  }
  return true;
}

bool World::slow_disk() {
  FakeFiles& files = any_disk();
  files.set_sync_ns(dice_.between(5, 400) * kNsPerMs);
  later(500, 8'000, [&files] { files.set_sync_ns(0); });
  return true;
}

bool World::disk_stalls() {
  const int64_t until_ns = timeline_.now_ns() + 30 * kNsPerSecond;
  if (dice_.one_in(3)) {
    collector_.stall_until(until_ns);
  } else {
    any_host().stall_until(until_ns);
  }
  return true;
}

bool World::bit_flips() { return any_host().flip_bit(); }

bool World::clock_jumps() {
  const int64_t jump_ns = dice_.between(-86'400, 86'400) * kNsPerSecond;
  if (dice_.one_in(3)) {
    collector_.clock().jump(jump_ns);
  } else {
    any_host().clock().jump(jump_ns);
  }
  return true;
}

bool World::burst() {
  SimHost& host = any_host();
  host.set_pace_ns(dice_.between(1, 10) * kNsPerMs);
  later(500, 4'000, [&host] { host.set_pace_ns(60 * kNsPerMs); });
  return true;
}

bool World::certificate_expires() {
  if (!has_certificates_) return false;
  const size_t host = dice_.below(hosts_.size());
  network_.badge(host).is_expired = true;
  network_.cut(host);
  return true;
}

bool World::image() {
  const size_t host = dice_.below(hosts_.size());
  images_[host] = hosts_[host]->files().picture();
  return true;
}

bool World::host_rolled_back() {
  const size_t host = dice_.below(hosts_.size());
  const auto image = images_.find(host);
  if (image == images_.end()) return false;
  hosts_[host]->roll_back(image->second);
  return true;
}

bool World::host_cloned() {
  if (hosts_.size() == kHostsMax) return false;
  const size_t original = dice_.below(hosts_.size());
  add_host(network_.badge(original)).become_copy_of(*hosts_[original]);
  return true;
}

// Its agent may be down at the moment, or have just lost something: a little later it is not.
void World::running_host_cloned(uint64_t which) {
  if (hosts_.size() == kHostsMax) return;
  const size_t original = which % hosts_.size();
  if (!hosts_[original]->can_be_copied())
    return later(kCareNs, [this, which] { running_host_cloned(which); });
  log_debug(kRunningHostCloned);
  tally_.count(kRunningHostCloned);
  add_host(network_.badge(original)).become_running_copy_of(*hosts_[original]);
}

}  // namespace spoor::sim
