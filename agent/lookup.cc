#include "agent/lookup.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "agent/limits.h"
#include "agent/source/mounts.h"
#include "agent/source/procfs.h"
#include "common/log.h"
#include "common/thread_name.h"

namespace spoor::agent {
namespace {

constexpr std::chrono::seconds kNamesPeriod{2};
// After a stall everything comes at once, and tables are for some seconds larger than ever. The C
// library keeps what they used: 10 s without us left 1.2 MiB (measured).
constexpr std::chrono::seconds kTrimPeriod{60};

}  // namespace

Lookup::Lookup(std::string mounts_path)
    : mounts_path_(std::move(mounts_path)),
      mounts_(read_mounts(mounts_path_)),
      fresh_(std::make_shared<const Names>(read_names())),
      fresh_devices_(std::make_shared<const Devices>(numbered_devices(mounts_))) {}

void Lookup::start() {
  thread_ = std::thread([this] { run(); });
}

Lookup::~Lookup() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Lookup::set_witness(Witness& witness) {
  witness_ = &witness;
  places_.program_of = [this](uint32_t pid) {
    const std::lock_guard lock(witness_mutex_);
    return witness_->program(pid);
  };
  places_.directory_of = [this](uint32_t pid, int32_t descriptor) {
    const std::lock_guard lock(witness_mutex_);
    return witness_->directory(pid, descriptor);
  };
}

std::string Lookup::program_of(const ProcessFound& process) {
  return places_.program_of_found(process);
}

void Lookup::look_after_witness() {
  if (witness_ == nullptr) return;
  const std::lock_guard lock(witness_mutex_);
  if (!witness_->has_ended()) return;
  log_warning("the witness process has ended; {}. A restart brings it back", kWithoutWitness);
}

std::shared_ptr<const Names> Lookup::take_names() {
  const std::lock_guard lock(mutex_);
  return std::exchange(fresh_, nullptr);
}

std::shared_ptr<const Devices> Lookup::take_devices() {
  const std::lock_guard lock(mutex_);
  return std::exchange(fresh_devices_, nullptr);
}

void Lookup::ask_place(PlaceQuestion question) {
  {
    const std::lock_guard lock(mutex_);
    if (questions_.size() >= kPlaceQuestionsMax) return;
    questions_.push_back(std::move(question));
  }
  wake_.notify_one();
}

std::vector<PlaceAnswer> Lookup::take_places() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void Lookup::ask_reload() {
  {
    const std::lock_guard lock(mutex_);
    reload_asked_ = true;
  }
  wake_.notify_one();
}

std::optional<std::vector<std::string>> Lookup::take_reload() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reload_problems_, std::nullopt);
}

void Lookup::ask_processes() {
  {
    const std::lock_guard lock(mutex_);
    processes_asked_ = true;
  }
  wake_.notify_one();
}

std::optional<ProcessScan> Lookup::take_processes() {
  const std::lock_guard lock(mutex_);
  return std::exchange(processes_, std::nullopt);
}

void Lookup::run() {
  name_this_thread("lookup");
  using Clock = std::chrono::steady_clock;
  Names known = read_names();
  auto names_due = Clock::now() + kNamesPeriod;
  auto logs_due = Clock::now();
  auto trim_due = Clock::now() + kTrimPeriod;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait_until(lock, std::min(names_due, logs_due), [this] {
      return stop_ || reload_asked_ || processes_asked_ || !questions_.empty();
    });
    answer(lock);
    answer_reload(lock);
    answer_processes(lock);
    if (!stop_ && Clock::now() >= logs_due) {
      lock.unlock();
      const auto pause = read_logs();
      logs_due = Clock::now() + pause;
      lock.lock();
    }
    if (stop_ || Clock::now() < names_due) continue;
    lock.unlock();
    if (Clock::now() >= trim_due) {
      malloc_trim(0);
      trim_due = Clock::now() + kTrimPeriod;
    }
    look_at_mounts();
    look_after_witness();
    Names names = read_names();
    names_due = Clock::now() + kNamesPeriod;
    lock.lock();
    if (names == known) continue;
    known = names;
    fresh_ = std::make_shared<const Names>(std::move(names));
  }
}

void Lookup::look_at_mounts() {
  std::string mounts = read_mounts(mounts_path_);
  if (mounts == mounts_) return;
  mounts_ = std::move(mounts);
  auto devices = std::make_shared<const Devices>(numbered_devices(mounts_));
  const std::lock_guard lock(mutex_);
  fresh_devices_ = std::move(devices);
}

// `lock` is held before and after, and not while files are read.
void Lookup::answer(std::unique_lock<std::mutex>& lock) {
  while (!stop_ && !questions_.empty()) {
    const PlaceQuestion question = std::move(questions_.front());
    questions_.pop_front();
    lock.unlock();
    PlaceAnswer answer{.ticket = question.ticket, .seen = {}};
    if (question.descriptors.empty()) answer.seen = places_.find(question);
    else answer.directories = places_.directories(question);
    lock.lock();
    answers_.push_back(std::move(answer));
  }
}

// As answer().
void Lookup::answer_reload(std::unique_lock<std::mutex>& lock) {
  if (stop_ || !std::exchange(reload_asked_, false)) return;
  lock.unlock();
  std::vector<std::string> problems = check_reload();
  lock.lock();
  reload_problems_ = std::move(problems);
}

// As answer().
void Lookup::answer_processes(std::unique_lock<std::mutex>& lock) {
  if (stop_ || !std::exchange(processes_asked_, false)) return;
  lock.unlock();
  const SystemClock clock;
  ProcessScan scan{{}, clock.now()};
  scan.processes = processes_found(clock);
  lock.lock();
  processes_ = std::move(scan);
}

}  // namespace spoor::agent
