#include "agent/spool_thread.h"

#include <utility>

#include "common/log.h"
#include "common/thread_name.h"

namespace spoor::agent {
namespace {

constexpr int64_t kCommitsNs = kNsPerSecond;
// Where something is to be synced, and where not.
constexpr int kWaitMs = 200;
constexpr int kRestMs = kCommitsNs / kNsPerMs;

}  // namespace

SpoolThread::SpoolThread(std::unique_ptr<Spool> spool, Commits commits, Files& files,
                         const Clock& clock, Paths paths, const Id& boot_id)
    : spool_(std::move(spool)),
      commits_(std::move(commits)),
      files_(files),
      clock_(clock),
      paths_(std::move(paths)),
      status_(files, paths_.status, boot_id) {}

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
    if (auto item = queue_.pop(spool_->is_settled() ? kRestMs : kWaitMs)) write(*item);
    say("syncing the spool", spool_->sync(false), sync_said_);
    judge();
    const int64_t now_ns = clock_.now().boottime_ns;
    if (now_ns >= commits_due_ns) {
      commits_due_ns = now_ns + kCommitsNs;
      take_commits();
      spool_->reclaim();
      write_status(false);
    }
  }
  say("syncing the spool", spool_->sync(true), sync_said_);
  write_status(true);
}

void SpoolThread::write(FrameQueue::Item& item) {
  if (item.frame) {
    const FrameHeader& header = item.frame->frame.header;
    if (header.kind == FrameKind::data) events_ += header.entries;
    Status status = spool_->append(item.frame->frame);
    judge();
    // A mark must not claim what only a tombstone in memory knows of.
    if (status.is_ok() && !spool_->has_missing()) {
      status = spool_->write_mark(encode_mark(item.frame->mark));
    }
    say("writing frames (a tombstone tells which are missing)", status, append_said_);
  }
  if (item.state) save(*item.state);
}

void SpoolThread::judge() {
  // What was set aside may lie there for ever, and makes room where any is wanted.
  const uint64_t bytes = spool_->bytes() - spool_->bytes_set_aside();
  const bool roomy = bytes <= spool_->bytes_max() / 8 * 7;
  const auto change =
      health_.see(spool_->take_state(), roomy, spool_->events_lost(), clock_.now());
  if (!change) return;
  const std::lock_guard lock(changes_mutex_);
  changes_.push_back(*change);
}

std::vector<SpoolChange> SpoolThread::take_changes() {
  const std::lock_guard lock(changes_mutex_);
  return std::exchange(changes_, {});
}

// It names our boot as one with an epoch of its own (Hello's agent_boot_id).
void SpoolThread::write_status(bool at_once) {
  if (!spool_->has_begun()) return;
  const StatusFile::Spooled spooled{events_, queue_.bytes(), spool_->bytes(), spool_->bytes_max(),
                                    health_.state()};
  say("writing the status", status_.write_due(spooled, clock_.now(), at_once), status_said_);
}

// A state speaks of every frame before it: while one of them is only a tombstone in memory, the
// state of before and the read ring know more.
void SpoolThread::save(const FrameQueue::State& state) {
  if (spool_->has_missing()) return;
  const Status status = write_file(files_, paths_.state, state.bytes);
  if (status.is_ok()) saved_position_.store(state.ring_position, std::memory_order_release);
  say("saving the tables", status, state_said_);
  save_cursors(state.log_cursors);
  // A fork is told at the start of a run: before its first state.
  if (!spool_->untold_losses().empty() && spool_->sync(true).is_ok()) {
    (void)spool_->losses_told();
  }
}

// They outlive a power cut, and must not then speak of frames that did not.
void SpoolThread::save_cursors(const std::string& cursors) {
  if (cursors == cursors_ || !spool_->sync(true).is_ok()) return;
  const Status status = write_file(files_, paths_.cursors, cursors);
  if (status.is_ok()) cursors_ = cursors;
  say("saving where the logs go on", status, cursors_said_);
}

void SpoolThread::take_commits() {
  const auto trust = commits_.trust.read();
  if (trust.status().message() != last_trust_problem_) {
    last_trust_problem_ = trust.status().message();
    if (!trust.is_ok()) log_error("no commit is believed: {}", trust.status().message());
  }
  if (!trust.is_ok()) return;
  for (size_t i = 0; i < kEventClasses; ++i) {
    const auto event_class = static_cast<EventClass>(i + 1);
    const auto note = commits_.inbox.read(event_class);
    if (note.code() == Code::not_found) continue;
    std::string what = note.is_ok() ? encode_commit_note(*note) : "";
    if (trust->has_value()) what += encode_trust(**trust);
    if (note.is_ok() && what == judged_[i]) continue;
    const Status status =
        note.is_ok() ? spool_->commit(event_class, *note, *trust) : note.status();
    // What the disk kept from being judged is judged again.
    const bool is_final = status.is_ok() || status.code() == Code::denied;
    judged_[i] = is_final ? std::move(what) : "";
    if (status.message() == last_commit_problem_[i]) continue;
    last_commit_problem_[i] = status.message();
    if (!status.is_ok()) log_warning("commit note not believed: {}", status.message());
  }
  if (spool_->wants_restart()) wants_restart_.store(true, std::memory_order_release);
}

// A full disk would otherwise say it a thousand times a second.
void SpoolThread::say(const char* what, const Status& status, Code& last) {
  if (status.code() == last) return;
  last = status.code();
  if (status.is_ok()) log_info("{} works again", what);
  else log_error("{} fails: {}", what, status.message());
}

}  // namespace spoor::agent
