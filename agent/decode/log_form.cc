#include "agent/decode/log_form.h"

#include <algorithm>
#include <optional>

#include "agent/decode/fields.h"

namespace spoor::agent {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool put_number(std::string_view text, std::optional<uint32_t>& out) {
  uint32_t value = 0;
  if (!parse_number(text, value)) return false;
  out = value;
  return true;
}

bool put_host(std::string_view text, LogEvent& into) {
  text = trimmed(text);
  if (text.find(' ') != kNone) return false;
  // ssh_remote_ipaddr() of a connection that is gone says UNKNOWN.
  if (text.empty() || text == "UNKNOWN") return true;
  (is_address(text) ? into.address : into.hostname) = text;
  return true;
}

bool put_port(std::string_view text, LogEvent& into) {
  uint32_t port = 0;
  if (!parse_number(text, port) || port > 65535) return false;
  into.port = port;
  return true;
}

bool put_text(std::string_view text, std::string_view& out) {
  out = text;
  return true;
}

bool put(char mark, std::string_view value, LogEvent& into) {
  switch (mark) {
    case 'a': return put_text(value, into.account);
    case 'A': into.is_invalid_user = true; return put_text(value, into.account);
    case 'b': return value.empty() || put_text(value, into.by_account);
    case 't': return put_text(value, into.target);
    case 'g': return put_text(value, into.group);
    case 's': return put_text(value, into.session);
    case 'l': return put_text(value, into.terminal);
    case 'd': return put_text(value, into.cwd);
    case 'c': return put_text(value, into.command);
    case 'r': return put_text(value, into.reason);
    case 'o': return put_text(value, into.operation);
    case 'k': return put_text(value, into.key_type);
    case 'f': return put_text(value, into.key_fingerprint);
    case 'i': return put_number(value, into.id);
    case 'u': return put_number(value, into.uid);
    case 'v': return put_number(value, into.by_uid);
    case 'h': return put_host(value, into);
    case 'p': return put_port(value, into);
    default: return true;
  }
}

// The rest of a form, from the line's end to the one mark `%>`, which takes what is left.
bool match_back(std::string_view text, std::string_view form, LogEvent& into) {
  for (;;) {
    const size_t mark = form.rfind('%');
    const bool last = form[mark + 1] == '>';
    const size_t name = mark + (last ? 2 : 1);
    if (!take_suffix(text, form.substr(name + 1))) return false;
    if (last) return put(form[name], text, into);
    const size_t before = form.substr(0, mark).rfind('%');
    const size_t literal = before + (form[before + 1] == '>' ? 3 : 2);
    const std::string_view words = form.substr(literal, mark - literal);
    const size_t at = text.rfind(words);
    if (at == kNone || !put(form[name], text.substr(at + words.size()), into)) return false;
    text = text.substr(0, at + words.size());
    form = form.substr(0, mark);
  }
}

bool match(std::string_view text, std::string_view form, LogEvent& into) {
  for (;;) {
    const size_t mark = form.find('%');
    if (mark == kNone) return text == form;
    if (!take_prefix(text, form.substr(0, mark))) return false;
    form.remove_prefix(mark);
    if (form[1] == '>') return match_back(text, form, into);
    const char name = form[1];
    form.remove_prefix(2);
    const std::string_view words = form.substr(0, form.find('%'));
    size_t end = text.size();
    if (words.size() < form.size()) {
      end = text.find(words);
    } else if (text.ends_with(words)) {
      end -= words.size();
    } else {
      end = kNone;
    }
    if (end == kNone || !put(name, text.substr(0, end), into)) return false;
    text.remove_prefix(end);
  }
}

}  // namespace

bool is_address(std::string_view text) {
  const std::string_view digits = text.substr(0, text.find('%'));
  if (text.size() > 64 || digits.find_first_of(".:") == kNone) return false;
  return std::all_of(digits.begin(), digits.end(), [](char c) {
    return c == '.' || c == ':' || kHexDigits[static_cast<uint8_t>(c)] != kNotHex;
  });
}

bool matches_form(std::string_view text, std::string_view form, LogEvent& into) {
  LogEvent read = into;
  if (!match(text, form, read)) return false;
  into = read;
  return true;
}

bool match_forms(std::string_view text, std::span<const LogForm> forms, LogEvent& into) {
  for (const LogForm& each : forms) {
    if (!matches_form(text, each.form, into)) continue;
    into.kind = each.kind;
    if (!each.operation.empty()) into.operation = each.operation;
    return true;
  }
  return false;
}

}  // namespace spoor::agent
