// A part of a session, and an event that is kept by itself, as bytes on disk; docs/index.md is the
// format. The bytes may be anything when they come back: what we would not have written is
// `corrupt`, and takes no more memory than what its size allows. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "collector/index/session_part.h"
#include "common/result.h"

namespace spoor::collector {

// Apart, since most questions need only the first.
struct SessionPartBytes {
  std::string place;  // its row but for the key, epochs, and where its rows are
  std::string told;
  std::string sums;
};
// `rows`: instead of the part's own.
SessionPartBytes encode_part(const SessionPart& part, const std::vector<RowRange>& rows);

// Into a part that has nothing of it yet.
Status decode_place(std::string_view bytes, SessionPart& out);
Status decode_told(std::string_view bytes, SessionPart& out);
Status decode_sums(std::string_view bytes, SessionPart& out);

std::string encode_event(const IndexedEvent& event);
Result<IndexedEvent> decode_event(std::string_view bytes);

}  // namespace spoor::collector
