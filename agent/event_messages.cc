#include "agent/event_messages.h"

#include "common/check.h"
#include "spoor/v1/event.pb.h"

namespace spoor::agent {

EventMessages::EventMessages() : event_(std::make_unique<v1::Event>()) {}
EventMessages::~EventMessages() = default;

const v1::Event& EventMessages::of(const Fact& fact, const Host& host) {
  EventProto& encoder = encoders_.try_emplace(host.name, host).first->second;
  const std::string_view bytes = encoder.event(fact);
  CHECK(event_->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return *event_;
}

}  // namespace spoor::agent
