// Audit records, as the kernel writes them, into the fields of their event. Every byte is hostile:
// whatever it says, the record's text is kept (up to the event's limit) and nothing crashes. One
// forward pass, no allocation but the event's own growing buffers. No state; any thread.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

// The start of every record, `audit(SECONDS.MILLISECONDS:SERIAL): `. `body`, when given, is where
// the fields begin. Absent when it is not there or its numbers cannot be.
std::optional<EventKey> decode_header(std::string_view text, size_t* body);

struct RecordHeader {
  std::optional<EventKey> key;  // absent: no header that could be read
  size_t body = 0;              // where the fields begin
};

// decode_header() for one record after the other. Those of an event mostly follow each other and
// begin with the same bytes, which are compared before they are read: 25 instructions for 330.
class HeaderReader {
 public:
  // Valid until the next call.
  const RecordHeader& read(std::string_view text) {
    if (size_ == 0 || text.size() < size_ || std::memcmp(text.data(), last_, size_) != 0) {
      read_anew(text);
    }
    return header_;
  }

 private:
  void read_anew(std::string_view text);

  char last_[64];   // the header read last, up to its body
  size_t size_ = 0;  // 0: none
  RecordHeader header_;
};

// Adds one record to its event: text, fields, and `ended` when no other record can follow.
// What does not parse is kept as text with Record::parsed false.
void decode_record(const Datagram& datagram, EventKey key, AuditEvent& into);
// The same, for a header that was read: `body` is the rest of the datagram's text.
void decode_record(const Datagram& datagram, EventKey key, std::string_view body,
                   AuditEvent& into);

// All of the event anew from its text, which somebody has changed. What is no matter of the text
// (when it was read, that it is late, what was cut) stays as it is.
void decode_again(AuditEvent& event);

}  // namespace spoor::agent
