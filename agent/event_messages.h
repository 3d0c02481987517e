// A fact as the message that it travels in, for those who do not want its bytes. Goes through the
// very encoding that frames are made of. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "agent/encode/event_proto.h"
#include "agent/model.h"

namespace spoor::v1 {
class Event;
}

namespace spoor::agent {

class EventMessages {
 public:
  EventMessages();
  ~EventMessages();
  // Valid until the next call.
  const v1::Event& of(const Fact& fact, const Host& host);

 private:
  struct OfHost {
    Id boot_id;
    EventProto encoder;
  };
  std::map<std::string, OfHost> hosts_;  // by name; a host's boots come one after the other
  std::unique_ptr<v1::Event> event_;     // used again: its strings keep their memory
};

}  // namespace spoor::agent
