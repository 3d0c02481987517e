#include "agent/decode/values.h"

#include <algorithm>
#include <cstring>

#include "agent/decode/hex.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

Slice append_bytes(AuditEvent& event, std::string_view bytes) {
  const Slice slice{static_cast<uint32_t>(event.values.size()),
                    static_cast<uint32_t>(bytes.size())};
  event.values.append(bytes);
  return slice;
}

// False, with `values` as it was, when a character is no hex digit.
bool append_hex(AuditEvent& event, std::string_view hex, Slice& out) {
  const size_t before = event.values.size();
  event.values.resize(before + hex.size() / 2);
  char* to = event.values.data() + before;
  bool good = true;
  size_t i = 0;
  for (uint8_t bytes[8]; hex.size() - i >= 16; i += 16, to += sizeof bytes) {
    good &= read_hex16<'A'>(hex.data() + i, bytes) == 16;
    std::memcpy(to, bytes, sizeof bytes);
  }
  for (; i + 1 < hex.size(); i += 2) {
    const uint8_t high = hex_digit<'A'>(hex[i]), low = hex_digit<'A'>(hex[i + 1]);
    good &= (high | low) <= 15;
    *to++ = static_cast<char>(high << 4 | (low & 15));
  }
  if (!good) {
    event.values.resize(before);
    return false;
  }
  out = {static_cast<uint32_t>(before), static_cast<uint32_t>(hex.size() / 2)};
  return true;
}

}  // namespace

Taken append_value(AuditEvent& event, const Field& field, size_t limit, Slice& out) {
  const size_t room = limit - std::min(limit, event.values.size());
  if (field.quoted) {
    out = append_bytes(event, field.value.substr(0, room));
    return out.size == field.value.size() ? Taken::whole : Taken::cut;
  }
  if (field.value.empty() || field.value.size() % 2 != 0) return Taken::bad;
  const size_t bytes = std::min(room, field.value.size() / 2);
  if (!append_hex(event, field.value.substr(0, bytes * 2), out)) return Taken::bad;
  return bytes == field.value.size() / 2 ? Taken::whole : Taken::cut;
}

bool is_nothing(const Field& field) {
  if (field.quoted) return false;
  // Some copies of logs have lost the separator behind it: `key=(null)ARCH=…`.
  return field.value == "?" || field.value.starts_with("(null)") || field.value == "(none)";
}

bool put_bytes(AuditEvent& event, std::string_view bytes, Slice& out) {
  out = {};
  if (event.values.size() + bytes.size() > kEventValuesBytesMax) return false;
  out = append_bytes(event, bytes);
  return true;
}

bool put_string(AuditEvent& event, const Field& field, Slice& out) {
  out = {};
  if (is_nothing(field)) return true;
  const size_t before = event.values.size();
  if (append_value(event, field, kEventValuesBytesMax, out) == Taken::whole) return true;
  event.values.resize(before);
  out = {};
  return false;
}

bool put_word(AuditEvent& event, const Field& field, Slice& out) {
  out = {};
  return is_nothing(field) || put_bytes(event, field.value, out);
}

bool put_either(AuditEvent& event, const Field& field, Slice& out) {
  return put_string(event, field, out) || put_word(event, field, out);
}

}  // namespace spoor::agent
