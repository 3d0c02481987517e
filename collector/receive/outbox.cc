#include "collector/receive/outbox.h"

namespace spoor::collector {

void Outbox::add(v1::ShipResponse message) {
  if (message.has_commit()) {
    for (v1::ShipResponse& waiting : messages_) {
      const v1::CommitPoint& commit = waiting.commit();
      if (!waiting.has_commit() || commit.stream() != message.commit().stream() ||
          commit.wish() != message.commit().wish())
        continue;
      waiting = std::move(message);
      return;
    }
  }
  messages_.push_back(std::move(message));
}

std::optional<v1::ShipResponse> Outbox::take() {
  if (messages_.empty()) return std::nullopt;
  v1::ShipResponse message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

}  // namespace spoor::collector
