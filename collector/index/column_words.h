// What an event says in a column of the index's texts that is searched and may be cut there: its
// words, or of a column without words the text, if any. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "collector/blocks/column.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

std::vector<std::string> words_of(const v1::Event& event, Text column);

}  // namespace spoor::collector
