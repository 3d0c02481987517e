// The thread that owns the spool: takes frames off the queue, writes and syncs them, reads the
// uplink's commit notes, removes what is committed and due, saves the state and the logs' cursors,
// and tells the uplink how the agent fares. A disk that fails is a state that it reports and
// outlives, not an exit.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/frame_queue.h"
#include "agent/spool/commit_inbox.h"
#include "agent/spool/health.h"
#include "agent/spool/spool.h"
#include "agent/spool/trust.h"
#include "agent/status_file.h"

namespace spoor::agent {

class SpoolThread {
 public:
  // Whose commits are read, and whose word they must be.
  struct Commits {
    CommitInbox inbox;
    TrustFile trust;
  };
  struct Paths {
    std::string state, cursors, status;
  };
  SpoolThread(std::unique_ptr<Spool> spool, Commits commits, Files& files, const Clock& clock,
              Paths paths, const Id& boot_id);
  // Closes the queue, writes what is left, syncs everything, and ends the thread.
  ~SpoolThread();
  // Once. Until then the queue only fills: the thread must be born inside the sandbox, since
  // Landlock and seccomp confine a thread and those it starts, no others.
  void start();
  // What the destructor does, once. Nothing may be queued any more.
  void finish();

  FrameQueue& queue() { return queue_; }
  StatusFile& status() { return status_; }
  // What became of the spool since the last call. Any thread.
  std::vector<SpoolChange> take_changes();
  // The log asked for something that only a new start can do. Any thread.
  bool wants_restart() const { return wants_restart_.load(std::memory_order_acquire); }
  // The position of the read ring that the last saved state covers. Any thread.
  uint64_t saved_position() const { return saved_position_.load(std::memory_order_acquire); }

 private:
  void run();
  void write(FrameQueue::Item& item);
  void save(const FrameQueue::State& state);
  void save_cursors(const std::string& cursors);
  void take_commits();
  void judge();
  void write_status(bool at_once);
  // Tells of a change, from working to failing or back, once.
  static void say(const char* what, const Status& status, Code& last);

  FrameQueue queue_;
  std::unique_ptr<Spool> spool_;
  Commits commits_;
  Files& files_;
  const Clock& clock_;
  const Paths paths_;
  StatusFile status_;
  uint64_t events_ = 0;  // that frames of this run had
  std::string cursors_;  // as they were written last
  Code append_said_ = Code::ok, sync_said_ = Code::ok, state_said_ = Code::ok,
       cursors_said_ = Code::ok, status_said_ = Code::ok;
  // The note that was judged last, and by which trust: the same again is not looked at.
  std::array<std::string, kEventClasses> judged_;
  std::array<std::string, kEventClasses> last_commit_problem_;
  std::string last_trust_problem_;
  SpoolHealth health_;
  std::mutex changes_mutex_;
  std::vector<SpoolChange> changes_;
  std::atomic<bool> wants_restart_{false};
  std::atomic<uint64_t> saved_position_{0};
  std::thread thread_;
};

}  // namespace spoor::agent
