// What a field is, by its record's type and its name: the same name is one thing in one record and
// another in the next (fp= is a capability set in BPRM_FCAPS and a fingerprint in CRYPTO_KEY_USER).
// After the field dictionary of the audit project and the kernel's own format strings. Thread-safe:
// the tables are constant.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/decode/constants.h"

namespace spoor::agent {

enum class FieldForm : uint8_t {
  any,        // as it is written: a number, 0x…, a quoted text, a word
  number,     // decimal with a sign
  hex,        // with or without 0x
  octal,
  text,       // quoted, or hex because of what is in it
  path,       // the same, and names a file
  id,         // user, group, process, login or audit session; all ones is unset
  word,
  address,    // of the internet, or a port where a record has both under one name
  sockaddr,
};

struct FieldType {
  FieldForm form = FieldForm::any;
  std::optional<Constant> names = std::nullopt;  // what names the number
};

FieldType field_type(uint16_t record_type, std::string_view name);

}  // namespace spoor::agent
