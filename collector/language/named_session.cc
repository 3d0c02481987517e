#include "collector/language/named_session.h"

#include <charconv>

namespace spoor::collector {

namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";

// Capitals and the letters that are taken for others, as Crockford reads them.
char as_letter(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'i' || c == 'l') return '1';
  if (c == 'o') return '0';
  return c;
}

}  // namespace

std::string boot_letters(const Id& boot_id) {
  const uint32_t bits = (uint32_t{boot_id[0]} << 8) | boot_id[1];
  std::string out;
  for (const int shift : {11, 6, 1}) out += kAlphabet[(bits >> shift) & 31];
  return out;
}

Result<NamedSession> parse_session_name(std::string_view name) {
  const Status wrong =
      invalid("a session is named like web1:6.k3f, web1:6, or by the 32 hex digits of its uid");
  NamedSession out;
  const size_t colon = name.rfind(':');
  if (colon == std::string_view::npos) {
    const auto uid = array_from_hex<16>(name);
    if (!uid.is_ok()) return wrong;
    out.uid = *uid;
    return out;
  }
  out.agent = name.substr(0, colon);
  const char* end = name.data() + name.size();
  const auto [after, error] = std::from_chars(name.data() + colon + 1, end, out.ses);
  if (out.agent.empty() || error != std::errc() || out.ses == 0) return wrong;
  if (after == end) return out;
  const std::string_view rest(after, static_cast<size_t>(end - after));
  if (rest.size() != 4 || rest.front() != '.') return wrong;
  for (const char c : rest.substr(1)) {
    if (kAlphabet.find(as_letter(c)) == std::string_view::npos) return wrong;
    out.letters += as_letter(c);
  }
  return out;
}

}  // namespace spoor::collector
