// The thread that owns the spool: takes frames off the queue, writes and syncs them, reads the
// uplink's commit notes, removes what is committed and due, and saves the state and the logs'
// cursors. A disk that fails
// is a state that it reports and outlives, not an exit.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "agent/frame_queue.h"
#include "agent/spool/commit_inbox.h"
#include "agent/spool/spool.h"

namespace spoor::agent {

class SpoolThread {
 public:
  SpoolThread(std::unique_ptr<Spool> spool, CommitInbox inbox, Files& files, const Clock& clock,
              std::string state_path, std::string cursors_path);
  // Closes the queue, writes what is left, syncs everything, and ends the thread.
  ~SpoolThread();
  // Once. Until then the queue only fills: the thread must be born inside the sandbox, since
  // Landlock and seccomp confine a thread and those it starts, no others.
  void start();
  // What the destructor does, once. Nothing may be queued any more.
  void finish();

  FrameQueue& queue() { return queue_; }
  // The position of the read ring that the last saved state covers. Any thread.
  uint64_t saved_position() const { return saved_position_.load(std::memory_order_acquire); }

 private:
  void run();
  void write(FrameQueue::Item& item);
  void save(const FrameQueue::State& state);
  void save_cursors(const std::string& cursors);
  void take_commits();
  // Tells of a change, from working to failing or back, once.
  static void say(const char* what, const Status& status, Code& last);

  FrameQueue queue_;
  std::unique_ptr<Spool> spool_;
  CommitInbox inbox_;
  Files& files_;
  const Clock& clock_;
  const std::string state_path_, cursors_path_;
  std::string cursors_;  // as they were written last
  Code append_said_ = Code::ok, sync_said_ = Code::ok, state_said_ = Code::ok,
       cursors_said_ = Code::ok;
  std::array<std::string, kEventClasses> last_commit_problem_;
  std::atomic<uint64_t> saved_position_{0};
  std::thread thread_;
};

}  // namespace spoor::agent
