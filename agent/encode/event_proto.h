// Turns one fact into the Event message of proto/spoor/v1/event.proto, as bytes. A pure mapping:
// what is not in the fact or its audit event is not in the message. One thread (buffers are
// reused).
#pragma once

#include <optional>
#include <string_view>

#include "agent/model.h"
#include "common/frame/format.h"
#include "common/wire_writer.h"

namespace spoor::agent {

// The stream that facts of this kind travel in.
EventClass class_of(const Fact& fact);

class EventProto {
 public:
  explicit EventProto(const Host& host) : host_(host) {}

  // A serialized v1::Event; valid until the next call. `text_cut` says INCOMPLETE_TEXT_CUT.
  std::string_view event(const Fact& fact, bool text_cut = false);
  // A serialized v1::EventText, the verbatim records: empty for a fact that no record caused, only
  // their number when `cut`. Valid until the next call.
  std::string_view text(const Fact& fact, bool cut = false);

 private:
  const Id& uid_of(uint32_t ses);

  const Host host_;
  WireWriter event_;
  WireWriter text_;
  // Most facts are of the same session as the one before.
  std::optional<uint32_t> last_ses_;
  Id last_uid_{};
};

}  // namespace spoor::agent
