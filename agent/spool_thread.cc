#include "agent/spool_thread.h"

#include "common/log.h"
#include "common/thread_name.h"

namespace spoor::agent {
namespace {

constexpr int kWaitMs = 200;
constexpr int64_t kCommitsNs = kNsPerSecond;

}  // namespace

SpoolThread::SpoolThread(std::unique_ptr<Spool> spool, CommitInbox inbox, Files& files,
                         const Clock& clock, std::string state_path,
                         std::string cursors_path)
    : spool_(std::move(spool)),
      inbox_(std::move(inbox)),
      files_(files),
      clock_(clock),
      state_path_(std::move(state_path)),
      cursors_path_(std::move(cursors_path)) {}

void SpoolThread::start() {
  thread_ = std::thread([this] { run(); });
}

SpoolThread::~SpoolThread() { finish(); }

void SpoolThread::finish() {
  if (queue_.is_closed_and_empty()) return;
  queue_.close();
  if (thread_.joinable()) thread_.join();
  else run();  // never started: what came is written all the same
}

void SpoolThread::run() {
  name_this_thread("spool");
  int64_t commits_due_ns = 0;
  while (!queue_.is_closed_and_empty()) {
    if (auto item = queue_.pop(kWaitMs)) write(*item);
    say("syncing the spool", spool_->sync(false), sync_said_);
    const int64_t now_ns = clock_.now().boottime_ns;
    if (now_ns >= commits_due_ns) {
      commits_due_ns = now_ns + kCommitsNs;
      take_commits();
      spool_->reclaim();
    }
  }
  say("syncing the spool", spool_->sync(true), sync_said_);
}

void SpoolThread::write(FrameQueue::Item& item) {
  if (item.frame) {
    Status status = spool_->append(item.frame->frame);
    // A mark must not claim what only a tombstone in memory knows of.
    if (status.is_ok() && !spool_->has_missing()) {
      status = spool_->write_mark(encode_mark(item.frame->mark));
    }
    say("writing frames (a tombstone tells which are missing)", status, append_said_);
  }
  if (item.state) save(*item.state);
}

// A state speaks of every frame before it: while one of them is only a tombstone in memory, the
// state of before and the read ring know more.
void SpoolThread::save(const FrameQueue::State& state) {
  if (spool_->has_missing()) return;
  const Status status = write_file(files_, state_path_, state.bytes);
  if (status.is_ok()) saved_position_.store(state.ring_position, std::memory_order_release);
  say("saving the tables", status, state_said_);
  save_cursors(state.log_cursors);
}

// They outlive a power cut, and must not then speak of frames that did not.
void SpoolThread::save_cursors(const std::string& cursors) {
  if (cursors == cursors_ || !spool_->sync(true).is_ok()) return;
  const Status status = write_file(files_, cursors_path_, cursors);
  if (status.is_ok()) cursors_ = cursors;
  say("saving where the logs go on", status, cursors_said_);
}

void SpoolThread::take_commits() {
  for (size_t i = 0; i < kEventClasses; ++i) {
    const auto event_class = static_cast<EventClass>(i + 1);
    const auto note = inbox_.read(event_class);
    if (note.code() == Code::not_found) continue;
    const Status status = note.is_ok() ? spool_->commit(event_class, *note) : note.status();
    if (status.message() == last_commit_problem_[i]) continue;
    last_commit_problem_[i] = status.message();
    if (!status.is_ok()) log_warning("commit note not believed: {}", status.message());
  }
}

// A full disk would otherwise say it a thousand times a second.
void SpoolThread::say(const char* what, const Status& status, Code& last) {
  if (status.code() == last) return;
  last = status.code();
  if (status.is_ok()) log_info("{} works again", what);
  else log_error("{} fails: {}", what, status.message());
}

}  // namespace spoor::agent
