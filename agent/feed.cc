#include "agent/feed.h"

#include <variant>

#include "common/log.h"

namespace spoor::agent {

void Feed::apply(const Datagram& record) {
  ++records_;
  pipeline_.on_record(record, now_);
}

void Feed::apply(const RecordDrops& drops) {
  if (!drops.are_lost) pipeline_.undelivered(drops.drops - drops.before, now_);
  pipeline_.record_drops(drops.are_lost ? drops.before : drops.drops, drops.drops, now_);
  drops_.audit = drops.drops;
}

void Feed::apply(const MessageDrops& drops) {
  pipeline_.message_drops(drops.before, drops.drops, drops.within, now_);
  drops_.connector = drops.drops;
}

void Feed::play(uint64_t from, uint64_t to, Instant now, const Drops& drops) {
  now_ = now;
  drops_ = drops;
  const Status played = ring_.play(from, to, [this](const ReadItem& item) {
    std::visit([this](const auto& told) { apply(told); }, item);
  });
  // Whatever serials are missing for it, the ledger counts.
  if (!played.is_ok()) log_error("what the run before had read: {}", played.message());
}

}  // namespace spoor::agent
