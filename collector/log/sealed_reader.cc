#include "collector/log/sealed_reader.h"

#include <algorithm>

#include "common/log.h"

namespace spoor::collector {

namespace {

// The bytes are what is wrong; reading them again gives the same ones.
bool is_damage(Code code) {
  return code == Code::corrupt || code == Code::invalid || code == Code::full;
}

}  // namespace

Result<std::optional<uint64_t>> SealedReader::next(uint64_t after) {
  const std::vector<SealedGroup>& groups = segment_.index().groups;
  while (at_ < groups.size()) {
    if (groups[at_].last > after && !group_) {
      auto opened = segment_.open_group(at_);
      if (opened.is_ok()) {
        group_ = std::move(opened).value();
        entry_ = 0;
      } else if (is_damage(opened.code())) {
        tell(opened.status());
      } else {
        return opened.status();
      }
    }
    if (group_) {
      const std::vector<SealedEntry>& entries = group_->table().entries;
      while (entry_ < entries.size() && entries[entry_].number <= after) ++entry_;
      if (entry_ < entries.size()) return std::optional(entries[entry_].number);
    }
    group_.reset();
    ++at_;
  }
  return std::optional<uint64_t>();
}

Result<std::optional<LogEntry>> SealedReader::take() {
  CHECK(group_ && entry_ < group_->table().entries.size());
  auto entry = segment_.entry(*group_, entry_);
  if (!entry.is_ok()) {
    if (!is_damage(entry.code())) return entry.status();
    tell(entry.status());
  }
  if (++entry_ == group_->table().entries.size()) {
    group_.reset();
    ++at_;
  }
  if (!entry.is_ok()) return std::optional<LogEntry>();
  return std::optional(std::move(entry).value());
}

uint64_t SealedReader::passed() const {
  const std::vector<SealedGroup>& groups = segment_.index().groups;
  if (at_ < groups.size()) return groups[at_].offset;
  return groups.empty() ? kSealedHeaderSize : groups.back().end();
}

void SealedReader::tell(const Status& damage) {
  if (told_at_ == at_) return;
  told_at_ = at_;
  const SealedGroup& group = segment_.index().groups[at_];
  log_error("{}: damaged among entries {} to {} ({}); what is lost of them is missing from trails",
            path_, group.first, group.last, damage.message());
}

}  // namespace spoor::collector
