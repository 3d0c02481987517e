// The kind of a fact, as Event.kind has it. Pure.
#pragma once

#include "agent/model.h"
#include "common/wire_writer.h"

namespace spoor::agent {

// Writes the one field of Event.kind that the fact is.
void put_kind(WireWriter& w, const Fact& fact, const Host& host);

}  // namespace spoor::agent
