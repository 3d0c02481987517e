// Keeps an index as far as the log is: opens what is in its folder, follows the log into it, and
// makes another one from the log's beginning where that is damaged, of another log, or wanted. The
// one that is there answers meanwhile, and goes on as far as it can.
//
//   log ─► Follower ─► FOLDER/1, which answers
//      └─► Follower ─► FOLDER/2, until it is as far; then that answers, and 1 goes
//
// step() is one thread's; the rest is for any.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/follow/follower.h"
#include "collector/index/block_index.h"
#include "collector/index/index_folder.h"
#include "common/clock.h"

namespace spoor::collector {

class IndexKeeper {
 public:
  struct Doors {
    // A reader of its own of what is behind a position of the log.
    std::function<Follower::Read(Position after)> read_after;
    std::function<Position()> log_end;
    Decoder::OnCheckpoint on_checkpoint;
  };

  // `files` and `clock` outlive it. Damage of what is there is no failure.
  static Result<std::unique_ptr<IndexKeeper>> open(Files& files, const Clock& clock,
                                                   std::string folder, const LogName& log,
                                                   Doors doors,
                                                   BlockIndex::Bounds bounds = {});

  // False: there was nothing to read. After a failure the next step tries the same again.
  Result<bool> step();
  // Another index is being made: there is something to do, though nothing comes.
  bool is_busy() const { return is_busy_; }

  // It is to be made anew, for the log under this name: that one came back older than it was.
  void make_anew(const LogName& log, const std::string& why);

  // The one that answers.
  std::shared_ptr<const Index> index() const;
  // How far that one is.
  Position position() const { return index()->position(); }
  int64_t received_until_ns() const;

  // Somebody has asked for another one (index_folder.h): who, the first time that it is seen.
  std::optional<std::string> take_wish();

 private:
  struct Kept {
    uint64_t number = 0;
    std::shared_ptr<BlockIndex> index;
    std::shared_ptr<Follower> follower;
    bool is_damaged() const { return !index->damage().is_ok(); }
  };

  IndexKeeper(Files& files, const Clock& clock, std::string folder, const LogName& log,
              Doors doors, BlockIndex::Bounds bounds)
      : files_(files), clock_(clock), folder_(std::move(folder)), doors_(std::move(doors)),
        bounds_(bounds), log_(log) {}
  Result<Kept> open_index(uint64_t number);
  Status open_first(const std::vector<uint64_t>& numbers);
  std::string reason() const;
  Status begin_next(const std::string& why);
  Result<bool> follow(Kept& kept);
  void take_over();
  void drop_retired();

  Files& files_;
  const Clock& clock_;
  const std::string folder_;
  const Doors doors_;
  const BlockIndex::Bounds bounds_;

  // Of the thread that steps.
  std::optional<Kept> next_;       // is being made
  std::vector<Kept> retired_;      // nobody is to be answered by it any more
  std::optional<int64_t> made_ns_;  // when the last one was begun, by boottime

  std::atomic<bool> is_busy_ = false;
  mutable std::mutex mutex_;
  LogName log_;
  std::string wanted_;  // why another one is; empty: none is
  std::string wish_;    // who has asked for it
  Kept current_;
};

}  // namespace spoor::collector
