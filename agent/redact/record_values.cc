#include "agent/redact/record_values.h"

#include <algorithm>

namespace spoor::agent {
namespace {

constexpr char kDigits[] = "0123456789ABCDEF";
constexpr char kEnriched = 0x1D;  // auditd's own suffix begins with it

bool needs_hex(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return c == '"' || byte < 0x21 || byte > 0x7E;
  });
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

bool is_hex(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return digit(c) >= 0; });
}

bool next_field(std::string_view text, size_t from, TextField& field) {
  size_t begin = from, at = from;
  for (; at < text.size() && text[at] != '='; ++at) {
    if (text[at] == kEnriched) return false;
    if (text[at] == ' ' || text[at] == '\'') begin = at + 1;
  }
  if (at >= text.size()) return false;
  field.key = text.substr(begin, at - begin);
  field.begin = begin;
  field.value_begin = ++at;
  field.quoted = at < text.size() && text[at] == '"';
  if (field.quoted) ++at;
  const size_t first = at;
  if (field.quoted) {
    at = std::min(text.find('"', first), text.size());
  } else {
    while (at < text.size() && text[at] != ' ' && text[at] != '\'' && text[at] != kEnriched) ++at;
  }
  field.value = text.substr(first, at - first);
  field.end = field.quoted && at < text.size() ? at + 1 : at;
  return true;
}

std::string value_of(std::string_view value, bool quoted) {
  if (quoted || !is_hex(value)) return std::string(value);
  std::string bytes;
  bytes.reserve(value.size() / 2);
  for (size_t i = 0; i + 1 < value.size(); i += 2) {
    bytes += static_cast<char>(digit(value[i]) << 4 | digit(value[i + 1]));
  }
  return bytes;
}

std::string as_hex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

std::string written(std::string_view bytes) {
  return needs_hex(bytes) ? as_hex(bytes) : '"' + std::string(bytes) + '"';
}

size_t body_of_record(std::string_view text) {
  const size_t close = text.find(')');
  if (close == text.npos) return 0;
  size_t at = close + 1;
  if (at < text.size() && text[at] == ':') ++at;
  if (at < text.size() && text[at] == ' ') ++at;
  return at;
}

}  // namespace spoor::agent
