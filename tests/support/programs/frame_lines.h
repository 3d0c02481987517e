// A frame as lines of JSON, for programs that show what lies in a spool or a log:
//   {…"class":"access","epoch":1,"sequence":3,"event":{…},"text":{…}}
// with `event` and `text` as protobuf's JSON. A tombstone is a line with "kind":"tombstone" and the
// "events" that it stands for, and a "cause" by number (common/frame/format.h). Pure functions.
#pragma once

#include <string>

#include "common/frame/reader.h"

namespace spoor {

// Prints to standard output. `first_fields`, as `"name":1,`, stand before all others of each line.
Status print_frame(const Frame& frame, const std::string& first_fields);

// Whether the frame continues its stream, of which `expected` is then what continues the frame.
Status advance(const Frame& frame, Expected& expected);

}  // namespace spoor
