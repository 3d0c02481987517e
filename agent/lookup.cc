#include "agent/lookup.h"

#include <chrono>

#include "agent/source/procfs.h"
#include "common/thread_name.h"

namespace spoor::agent {
namespace {

constexpr std::chrono::seconds kPeriod{2};

}  // namespace

Lookup::Lookup() : fresh_(std::make_shared<const Names>(read_names())) {}

void Lookup::start() {
  thread_ = std::thread([this] { run(); });
}

Lookup::~Lookup() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const Names> Lookup::take_names() {
  const std::lock_guard lock(mutex_);
  return std::exchange(fresh_, nullptr);
}

void Lookup::run() {
  name_this_thread("lookup");
  Names known = read_names();
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, kPeriod, [this] { return stop_; })) {
    lock.unlock();
    Names names = read_names();
    lock.lock();
    if (names == known) continue;
    known = names;
    fresh_ = std::make_shared<const Names>(std::move(names));
  }
}

}  // namespace spoor::agent
