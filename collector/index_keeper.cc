#include "collector/index_keeper.h"

#include <algorithm>
#include <utility>

#include "collector/limits.h"
#include "common/log.h"

namespace spoor::collector {

Result<std::unique_ptr<IndexKeeper>> IndexKeeper::open(Files& files, const Clock& clock,
                                                       std::string folder, const LogName& log,
                                                       Doors doors, BlockIndex::Bounds bounds) {
  std::unique_ptr<IndexKeeper> keeper(
      new IndexKeeper(files, clock, std::move(folder), log, std::move(doors), bounds));
  ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, open_index_folder(files, keeper->folder_));
  RETURN_IF_ERROR(keeper->open_first(numbers));
  return keeper;
}

// The lowest one that can be used answers: those above it were being made, and are begun again if
// there is still a reason.
Status IndexKeeper::open_first(const std::vector<uint64_t>& numbers) {
  bool is_open = false;
  for (const uint64_t number : numbers) {
    if (is_open) {
      RETURN_IF_ERROR(remove_index(files_, folder_, number));
      continue;
    }
    Result<Kept> kept = open_index(number);
    const bool is_useless = kept.code() == Code::corrupt || kept.code() == Code::denied;
    if (is_useless) {
      log_error("index {}: {}; it is kept as {}.damaged, and made anew from the log",
                index_path(folder_, number), kept.status().message(), number);
      RETURN_IF_ERROR(set_index_aside(files_, folder_, number));
      continue;
    }
    ASSIGN_OR_RETURN(current_, std::move(kept));
    is_open = true;
  }
  if (is_open) return ok();
  ASSIGN_OR_RETURN(current_, open_index(numbers.empty() ? 1 : numbers.back() + 1));
  return ok();
}

Result<IndexKeeper::Kept> IndexKeeper::open_index(uint64_t number) {
  LogName log;
  {
    const std::lock_guard lock(mutex_);
    log = log_;
  }
  ASSIGN_OR_RETURN(std::shared_ptr<BlockIndex> index,
                   BlockIndex::open(files_, index_path(folder_, number), log, bounds_));
  if (index->position() > doors_.log_end())
    return corrupt("it has read further than the log goes");
  auto follower = std::make_shared<Follower>(
      doors_.read_after(index->position()),
      [index](std::span<const IndexedEvent> events, Position from, Position to,
              std::span<const StreamMark> marks) { return index->apply(events, from, to, marks); },
      Follower::Start{index->position(), index->marks()}, doors_.on_checkpoint);
  return Kept{number, std::move(index), std::move(follower)};
}

void IndexKeeper::make_anew(const LogName& log, const std::string& why) {
  const std::lock_guard lock(mutex_);
  log_ = log;
  wanted_ = why;
  is_busy_ = true;
}

std::shared_ptr<const Index> IndexKeeper::index() const {
  const std::lock_guard lock(mutex_);
  return current_.index;
}

int64_t IndexKeeper::received_until_ns() const {
  const std::lock_guard lock(mutex_);
  return current_.follower->progress().received_until_ns;
}

std::optional<std::string> IndexKeeper::take_wish() {
  const auto wish = read_index_wish(files_, folder_);
  const std::lock_guard lock(mutex_);
  if (!wish.is_ok() || wish_ == *wish) return std::nullopt;
  wish_ = *wish;
  wanted_ = "another one is wanted";
  is_busy_ = true;
  return wish_.substr(0, wish_.find('\n'));
}

// Why another one is to be made now; empty: there is no reason. A disk that damages each one is
// not kept busy with it.
std::string IndexKeeper::reason() const {
  {
    const std::lock_guard lock(mutex_);
    if (!wanted_.empty()) return wanted_;
  }
  const bool is_soon = made_ns_ && clock_.now().boottime_ns < *made_ns_ + kIndexAnewEveryNs;
  if (next_ || is_soon || !current_.is_damaged()) return "";
  return current_.index->damage().message();
}

Status IndexKeeper::begin_next(const std::string& why) {
  if (next_) retired_.push_back(*std::exchange(next_, std::nullopt));
  uint64_t number = current_.number;
  for (const Kept& kept : retired_) number = std::max(number, kept.number);
  log_warning("index: {}; {} is made from the log", why, index_path(folder_, number + 1));
  made_ns_ = clock_.now().boottime_ns;
  is_busy_ = true;  // also where it cannot be opened yet
  ASSIGN_OR_RETURN(next_, open_index(number + 1));
  const std::lock_guard lock(mutex_);
  if (wanted_ == why) wanted_.clear();
  return ok();
}

// What is damaged may take no more; it has said so, and is no failure of ours.
Result<bool> IndexKeeper::follow(Kept& kept) {
  Result<bool> step = kept.follower->step();
  if (!step.is_ok() && kept.is_damaged()) return false;
  return step;
}

Result<bool> IndexKeeper::step() {
  drop_retired();
  if (const std::string why = reason(); !why.empty()) RETURN_IF_ERROR(begin_next(why));
  ASSIGN_OR_RETURN(bool took, follow(current_));
  if (!next_) return took;
  ASSIGN_OR_RETURN(const bool next_took, follow(*next_));
  if (next_->is_damaged()) {
    log_error("index {}: {}", index_path(folder_, next_->number),
              next_->index->damage().message());
    retired_.push_back(*std::exchange(next_, std::nullopt));
    is_busy_ = false;
    return took;
  }
  if (next_->follower->position() >= current_.follower->position()) take_over();
  return took || next_took;
}

void IndexKeeper::take_over() {
  log_info("index: {} is as far as the log, and answers from now on",
           index_path(folder_, next_->number));
  {
    const std::lock_guard lock(mutex_);
    std::swap(current_, *next_);
    is_busy_ = !wanted_.empty();
    if (wanted_.empty() && !std::exchange(wish_, "").empty()) forget_index_wish(files_, folder_);
  }
  retired_.push_back(*std::exchange(next_, std::nullopt));
}

// Once the last question to it was answered.
void IndexKeeper::drop_retired() {
  std::erase_if(retired_, [&](Kept& kept) {
    kept.follower.reset();
    if (kept.index.use_count() > 1) return false;
    const bool is_damaged = kept.is_damaged();
    kept.index.reset();
    const Status gone = is_damaged ? set_index_aside(files_, folder_, kept.number)
                                   : remove_index(files_, folder_, kept.number);
    if (!gone.is_ok()) log_warning("index: {}; the next start tries again", gone.message());
    return true;
  });
}

}  // namespace spoor::collector
