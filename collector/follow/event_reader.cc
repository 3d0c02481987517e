#include "collector/follow/event_reader.h"

#include "common/frame/reader.h"

namespace spoor::collector {

Result<std::shared_ptr<const v1::Event>> event_in(const LogEntry& entry,
                                                  const IndexedEvent& event) {
  const std::string name = "entry " + std::to_string(event.entry) + " of the log";
  if (entry.number != event.entry) return not_found(name + " is gone");
  ASSIGN_OR_RETURN(const OpenBlock block, OpenBlock::open(as_bytes(entry.block)));
  for (const Frame& frame : block.frames()) {
    const FrameHeader& h = frame.head.header;
    const bool has_it = h.kind == FrameKind::data && h.stream == event.stream &&
                        h.epoch == event.epoch && h.first_sequence <= event.sequence &&
                        event.sequence - h.first_sequence < frame.entries.size();
    if (!has_it) continue;
    const auto& fields = frame.entries[event.sequence - h.first_sequence].fields;
    if (!fields) return not_found(name + " was erased");
    auto out = std::make_shared<v1::Event>();
    if (!out->ParseFromArray(fields->data(), static_cast<int>(fields->size())))
      return corrupt(name + " does not parse");
    return std::shared_ptr<const v1::Event>(std::move(out));
  }
  return not_found(name + " does not have the event");
}

}  // namespace spoor::collector
