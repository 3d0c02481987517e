// Messages as JSON for programs: one object a line, the .proto's own names, times as integers in
// UTC. By protobuf's reflection, so that a new field needs no code here. No state; any thread.
//
// Fields with presence (messages, optional, oneof) are left out when unset, all others are always
// there. Enums are their names (a number that has none is a number), 64-bit integers are numbers,
// bytes are a string where they are valid UTF-8 and else {"b64": "…"}; ids that are binary by
// nature are hex. Characters that could act on a terminal are \uXXXX: the same JSON string.
// Fields that this program's schema does not know are listed by number as "unknown_fields".
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace spoor::cli {

// Without the line's end.
std::string to_json(const google::protobuf::Message& message);

}  // namespace spoor::cli
