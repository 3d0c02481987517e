#include "collector/index/block_cache.h"

#include "collector/index/limits.h"
#include "common/log.h"

namespace spoor::collector {

std::string BlockCache::path_of(uint64_t number) const {
  return folder_ + "/" + std::to_string(number) + ".blk";
}

Result<std::shared_ptr<const BlockReader>> BlockCache::open(const SealedBlock& block) {
  if (auto found = find(block.number)) return found;
  Result<std::shared_ptr<const BlockReader>> opened = read(block);
  if (opened.is_ok()) {
    keep(block.number, *opened);
    return opened;
  }
  const std::lock_guard lock(mutex_);
  if (told_.insert(block.number).second)
    log_error("index: block {}: {}; its events are in the log", block.number,
              opened.status().message());
  return opened;
}

// A file that took another one's place may be a good block, too.
Result<std::shared_ptr<const BlockReader>> BlockCache::read(const SealedBlock& block) const {
  ASSIGN_OR_RETURN(const auto bytes, BytesInFile::open(files_, path_of(block.number)));
  ASSIGN_OR_RETURN(BlockReader reader, BlockReader::open(bytes));
  if (reader.event_class() != block.event_class || reader.rows() != block.rows)
    return corrupt("not the block that was sealed");
  return std::make_shared<const BlockReader>(std::move(reader));
}

std::shared_ptr<const BlockReader> BlockCache::find(uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto at = by_number_.find(number);
  if (at == by_number_.end()) return nullptr;
  opened_.splice(opened_.begin(), opened_, at->second);
  return at->second->reader;
}

void BlockCache::keep(uint64_t number, const std::shared_ptr<const BlockReader>& reader) {
  const std::lock_guard lock(mutex_);
  if (by_number_.contains(number)) return;  // somebody was faster
  opened_.push_front({number, reader, reader->memory_bytes() + kOpenFileBytes});
  by_number_[number] = opened_.begin();
  bytes_ += opened_.front().bytes;
  while (bytes_ > bytes_max_ && opened_.size() > 1) {
    bytes_ -= opened_.back().bytes;
    by_number_.erase(opened_.back().number);
    opened_.pop_back();
  }
}

size_t BlockCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace spoor::collector
