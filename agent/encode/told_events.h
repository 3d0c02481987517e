// Events that frames tell of already, so that what is played anew after a crash
// (agent/source/read_ring.h) is not told twice. An event is known again by its kernel identity and
// kind; an end by its process and exec number; the rest of a typed line by its process and text; a
// loss by what was lost, where and why; what the kernel's counters told by what they counted; what
// a log's line or a session's course told by all that it says. What else the agent says of itself
// is new.
//
// Counts: what was told twice is held back twice. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "agent/encode/event_proto.h"
#include "agent/model.h"
#include "common/frame/format.h"
#include "common/result.h"

namespace spoor::v1 {
class Event;
}  // namespace spoor::v1

namespace spoor::agent {

class ToldEvents {
 public:
  explicit ToldEvents(const Host& host);
  ~ToldEvents();
  ToldEvents(ToldEvents&&) noexcept;
  ToldEvents& operator=(ToldEvents&&) noexcept;

  // The events of a block's frames. `corrupt` for one that does not open.
  Status add(ByteView block);
  // Whether the fact is among them; it is then no more.
  bool take(const Fact& fact);
  void clear() { counts_.clear(); }
  bool is_empty() const { return counts_.empty(); }

 private:
  // Kind, and what makes it that one.
  using Key = std::array<uint64_t, 4>;
  // Of serialized bytes; false for an event that is never the same.
  Result<bool> key_of(std::string_view bytes, Key& key);

  std::unique_ptr<EventProto> encode_;
  std::map<Key, uint32_t> counts_;
  std::unique_ptr<v1::Event> event_;  // reused
};

}  // namespace spoor::agent
