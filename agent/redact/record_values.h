// Values in a record's text as the kernel and libaudit write them, read from it and put back: in
// quotes where every byte allows it, else as upper-case hex (kernel/audit.c,
// audit_log_n_untrustedstring; libaudit, audit_value_needs_encoding). No state; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spoor::agent {

// One `key=value` of a record's text; offsets are into that text.
struct TextField {
  std::string_view key, value;  // value: without quotes
  size_t begin = 0, end = 0;    // all of it, from the key on
  size_t value_begin = 0;       // with quotes
  bool quoted = false;
};

// The next field at or behind `from`. False: none is there.
bool next_field(std::string_view text, size_t from, TextField& field);
// What the value stands for: itself in quotes or where it is no hex, else the bytes. Of hex that
// was cut, the whole bytes.
std::string value_of(std::string_view value, bool quoted);
inline std::string value_of(const TextField& field) { return value_of(field.value, field.quoted); }
bool is_hex(std::string_view text);
// As it would be written for those bytes.
std::string written(std::string_view bytes);
std::string as_hex(std::string_view bytes);
// Where the fields of a record begin: behind `audit(…): `.
size_t body_of_record(std::string_view text);

}  // namespace spoor::agent
