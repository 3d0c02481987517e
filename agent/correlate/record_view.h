// One record's typed fields, by name: for kinds of facts that the event's own structs have no place
// for. Only after decode_fields(); without it there are none. All views are into the event.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

class RecordView {
 public:
  RecordView(const AuditEvent& event, const AuditEvent::Record& record)
      : event_(event),
        fields_(std::span(event.fields).subspan(record.first_field, record.fields)) {}

  // Null: the record has none of that name, or it says that there is nothing.
  const RecordField* find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const RecordField& field) {
      return !field.absent && event_.bytes(field.name) == name;
    });
    return found == fields_.end() ? nullptr : &*found;
  }
  // A text, path or word; empty for anything else.
  std::string_view text(std::string_view name) const {
    const RecordField* field = find(name);
    return field == nullptr ? std::string_view() : event_.bytes(field->value);
  }
  // 0 for anything but a number.
  int64_t number(std::string_view name) const {
    const RecordField* field = find(name);
    return field == nullptr ? 0 : field->number;
  }
  std::string_view meaning(std::string_view name) const {
    const RecordField* field = find(name);
    return field == nullptr ? std::string_view() : event_.bytes(field->meaning);
  }
  const SocketAddress* address(std::string_view name) const {
    const RecordField* field = find(name);
    if (field == nullptr || field->kind != RecordField::Kind::address) return nullptr;
    return &event_.addresses[field->address];
  }

 private:
  const AuditEvent& event_;
  std::span<const RecordField> fields_;
};

// The event's first record of that type; null: none.
inline const AuditEvent::Record* first_record(const AuditEvent& event, uint16_t type) {
  const auto found = std::find_if(event.records.begin(), event.records.end(),
                                  [&](const auto& record) { return record.type == type; });
  return found == event.records.end() ? nullptr : &*found;
}

}  // namespace spoor::agent
