// A host of the simulation: the real spool and the real uplink's core on one disk and one clock,
// and between capture and spool a bounded queue, as the agent has it. Its programs die and start
// each by itself; its machine loses power. One thread.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "agent/spool/spool.h"
#include "agent/uplink/shipper.h"
#include "tests/sim/delivery/dice.h"
#include "tests/sim/delivery/holdings.h"
#include "tests/sim/delivery/ledger.h"
#include "tests/sim/delivery/network.h"
#include "tests/support/fake_files.h"

namespace spoor::sim {

Id machine_id_of(size_t number);

class SimHost {
 public:
  // What there is of late in the simulation: worlds in which something was found without it are
  // drawn as before.
  struct News {
    bool has_checkpoints = false, has_small_damage = false;
  };
  // Whose commits its agent believes.
  using TrustOf = std::function<std::optional<agent::Trust>()>;
  SimHost(size_t number, Timeline& timeline, Dice dice, Network& network, Ledger& ledger,
          TrustOf trust, News news);

  // This machine becomes a copy of that one, as an image makes it: the same name, machine id and
  // spool. From there on both write the same streams.
  void become_copy_of(const SimHost& original);
  // The same while it runs: its agent's memory is copied, too, and so the boot and the epoch.
  void become_running_copy_of(const SimHost& original);
  bool can_be_copied() const { return spool_ && !spool_->has_missing(); }
  // What the next syncs should write is dropped. A power cut may then take what lies before frames
  // that are synced.
  void fail_syncs(Status status, int times);
  // Its disk as it was when `picture` was taken.
  void roll_back(const FakeFiles::Picture& picture);

  // Each fails while the disk does; the caller tries again.
  bool start_agent();
  void start_uplink();
  bool has_agent() const { return spool_ != nullptr; }
  bool has_uplink() const { return shipper_ != nullptr; }
  void kill_agent();
  void kill_uplink();
  void cut_power();

  // Events come no faster than this, on average.
  void set_pace_ns(int64_t ns) { pace_ns_ = ns; }
  void stop_producing() { is_producing_ = false; }
  // One more frame in each stream, if there is an agent.
  void say_last_word();
  FakeFiles& files() { return files_; }
  MachineClock& clock() { return clock_; }
  // No step of the spool's before then: its disk does not answer.
  void stall_until(int64_t ns) { stalled_until_ns_ = ns; }
  // A bit in a random place of the spool turns round; false when there is no such place.
  bool flip_bit();

  // Whether the log has all of the spool, and nothing waits.
  bool is_settled() const;
  // At the end: every frame in the spool is in the log, and of all that it ever held what the log
  // does not tell was told as set aside.
  void account();
  // Whether a frame of what is to be skipped is in the spool, undamaged.
  bool holds(const v1::Skip& skip) const;
  std::string describe() const;

 private:
  std::string who() const { return name_ + " (" + std::to_string(number_) + ")"; }
  using Synced = std::optional<std::pair<Id, ChainHead>>;
  void leave(const Id& stream, const std::vector<FrameHead>& on_disk, const Synced& synced);
  void run_agent();
  void act() { timeline_.acts(who()); }
  void produce();
  FrameWriter::Place place_of(EventClass c) const;
  FrameHead seal(EventClass c);
  void seal_checkpoint();
  void tell_losses(bool is_first_try);
  void confirm_told();
  bool was_damaged() const;
  std::vector<FrameHead> set_aside(EventClass c, const agent::Fork& fork) const;
  void drain();
  void read_notes();
  void ship(int64_t due_ns);
  void wake_uplink();
  void note_growth(const std::string& path, bool is_new);
  void check_bounds();
  void contest();
  using SeeFrame = std::function<void(const FrameHead& frame)>;
  void each_frame(const std::string& under, const SeeFrame& see) const;
  void boot();
  void write_status();

  const size_t number_;
  std::string name_;
  const TrustOf trust_;
  const News news_;
  Timeline& timeline_;
  Dice dice_;
  Ledger& ledger_;
  FakeFiles files_;
  MachineClock clock_;
  HostTransport transport_;
  std::unique_ptr<agent::Spool> spool_;
  std::unique_ptr<uplink::Shipper> shipper_;
  std::deque<SealedFrame> queue_;
  size_t queue_bytes_ = 0;
  std::array<ChainHead, kEventClasses> sealed_{};  // what capture goes on from
  // What no crash may take, of the stream with that id.
  std::array<Synced, kEventClasses> synced_;
  std::array<Id, kEventClasses> written_{};  // the streams of the agent that ran last
  std::set<Id> streams_;
  Holdings holdings_;
  std::array<std::vector<agent::Fork>, kEventClasses> untold_forks_;  // on disk, for all we know
  uint64_t told_events_ = 0;                                          // as set aside, by all forks
  uint64_t order_ = 0;
  int64_t pace_ns_ = 60 * kNsPerMs;
  int64_t stalled_until_ns_ = 0;
  int64_t notes_due_ns_ = 0;
  Id boot_id_{};
  uint64_t status_counter_ = 0;
  bool is_producing_ = true;
  bool has_failed_ = false;  // the last start
  bool is_damaged_ = false;  // by a flipped bit: what was synced may be gone
  uint64_t agent_life_ = 0, uplink_life_ = 0;
  int64_t ship_due_ns_ = 0;
  uplink::Growths growths_{};  // not yet seen by the uplink
  bool is_pausing_ = false;
};

}  // namespace spoor::sim
