#include "agent/event_messages.h"

#include "common/check.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {

EventMessages::EventMessages() : event_(std::make_unique<v1::Event>()) {}
EventMessages::~EventMessages() = default;

const v1::Event& EventMessages::of(const Fact& fact, const Host& host) {
  auto known = hosts_.find(host.name);
  if (known != hosts_.end() && known->second.boot_id != host.boot_id) {
    hosts_.erase(known);
    known = hosts_.end();
  }
  if (known == hosts_.end()) {
    known = hosts_.emplace(host.name, OfHost{host.boot_id, EventProto(host)}).first;
  }
  const std::string_view bytes = known->second.encoder.event(fact);
  CHECK(event_->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return *event_;
}

}  // namespace spoor::agent
