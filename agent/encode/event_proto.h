// Turns one fact into the Event message of proto/spoor/v1/event.proto. A pure mapping: what is not
// in the fact or its audit event is not in the message. One thread (the message is reused).
#pragma once

#include "agent/model.h"
#include "common/frame/format.h"

namespace spoor::v1 {
class Event;
class EventText;
}  // namespace spoor::v1

namespace spoor::agent {

// The stream that facts of this kind travel in.
EventClass class_of(const Fact& fact);

// Overwrites `into`.
void fill_event(const Fact& fact, const Host& host, v1::Event& into);
// The verbatim records; empty for a fact that no record caused.
void fill_text(const Fact& fact, v1::EventText& into);

}  // namespace spoor::agent
