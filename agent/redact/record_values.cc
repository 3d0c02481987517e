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
  const size_t end_of_text = std::min(text.find(kEnriched, from), text.size());
  const std::string_view body = text.substr(0, end_of_text);
  const size_t equals = body.find('=', from);
  if (equals == body.npos) return false;
  size_t begin = equals;
  while (begin > from && body[begin - 1] != ' ' && body[begin - 1] != '\'') --begin;
  field.key = body.substr(begin, equals - begin);
  field.begin = begin;
  field.value_begin = equals + 1;
  field.quoted = equals + 1 < body.size() && body[equals + 1] == '"';
  const size_t first = equals + (field.quoted ? 2 : 1);
  const size_t close = field.quoted ? body.find('"', first) : body.find_first_of(" '", first);
  const size_t stop = std::min(close, body.size());
  field.value = body.substr(first, stop - first);
  field.end = std::min(field.quoted ? stop + 1 : stop, body.size());
  return true;
}

std::string value_of(const TextField& field) {
  if (field.quoted || !is_hex(field.value)) return std::string(field.value);
  std::string bytes;
  for (size_t i = 0; i + 1 < field.value.size(); i += 2) {
    bytes += static_cast<char>(digit(field.value[i]) << 4 | digit(field.value[i + 1]));
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
