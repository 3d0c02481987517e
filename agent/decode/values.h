// Puts what a field's value stands for into AuditEvent::values. The kernel writes strings that
// users can choose either in quotes, literally, or as upper-case hex without quotes; programs that
// speak through libaudit do the same, and older ones write them bare.
#pragma once

#include <string_view>

#include "agent/decode/fields.h"
#include "agent/model.h"

namespace spoor::agent {

enum class Taken { whole, cut, bad };

// Appends the value, decoded where it is not quoted, as long as `values` stays within `limit`
// bytes. `bad`: neither quoted nor hex; nothing was appended. `out` says what was appended.
Taken append_value(AuditEvent& event, const Field& field, size_t limit, Slice& out);

// `(null)`, `(none)` and `?`: what writers put where they have nothing. In quotes they are literal.
bool is_nothing(const Field& field);

// False: no room.
bool put_bytes(AuditEvent& event, std::string_view bytes, Slice& out);
// For strings of the kernel: quoted, hex, or a word for nothing (then `out` is empty).
// False, with `out` empty: neither, or no room.
bool put_string(AuditEvent& event, const Field& field, Slice& out);
// For words of the kernel that it never encodes (tty, dev, nametype) and programs' bare words.
bool put_word(AuditEvent& event, const Field& field, Slice& out);
// For strings of programs: quoted, hex, or bare when it is not hex.
bool put_either(AuditEvent& event, const Field& field, Slice& out);

}  // namespace spoor::agent
