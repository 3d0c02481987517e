#include "tests/sim/delivery/agent_memory.h"

namespace spoor::sim {

std::unique_ptr<agent::Spool> AgentMemory::copy(const agent::Spool& spool, Files& files,
                                                const Clock& clock) {
  CHECK(!spool.has_missing());
  std::unique_ptr<agent::Spool> to(new agent::Spool(files, clock, spool.config_));
  CHECK(to->forked_.find(clock.now()).is_ok());
  to->belief_ = agent::CommitBelief::open(files, spool.config_.folder);
  to->epoch_ = spool.epoch_;
  to->is_epoch_written_ = spool.is_epoch_written_;
  to->nonce_ = spool.nonce_;
  to->forks_ = spool.forks_;
  to->wants_restart_ = spool.wants_restart_;
  for (size_t i = 0; i < kEventClasses; ++i) copy_lane(spool.lanes_[i], to->lanes_[i]);
  return to;
}

void AgentMemory::copy_lane(const agent::Lane& from, agent::Lane& to) {
  to.stream_ = from.stream_;
  to.epoch_ = from.epoch_;
  to.head_ = from.head_;
  to.segments_ = from.segments_;
  to.bytes_ = from.bytes_;
  to.unsynced_ = from.unsynced_;
  to.unsynced_since_ns_ = from.unsynced_since_ns_;
  to.sync_failure_ = from.sync_failure_;
  to.sync_failed_ns_ = from.sync_failed_ns_;
  to.must_sync_folder_ = from.must_sync_folder_;
  to.committed_ = from.committed_;
  to.recent_ = from.recent_;
  if (!from.file_) return;
  auto file = to.files_.open_append(to.path_of(to.segments_.back()));
  CHECK(file.is_ok());
  to.file_ = std::move(file).value();
}

}  // namespace spoor::sim
