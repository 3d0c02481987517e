#include "agent/decode/enriched_names.h"

#include <limits.h>

#include <charconv>
#include <cstring>
#include <string>

namespace spoor::agent {
namespace {

constexpr char kEnriched = 0x1D;
// Names of one host; whoever makes up more has no names for the rest.
constexpr size_t kNamesMax = 65'536;

struct Pair {
  std::string_view number, name;
};
constexpr Pair kPairs[] = {{" auid=", "AUID=\""}, {" uid=", "UID=\""}, {" euid=", "EUID=\""}};

// The value in quotes; empty where there is none, or where auditd knew no name: `unset`,
// `unknown(1000)`.
std::string_view name_after(std::string_view suffix, std::string_view key) {
  for (size_t at = suffix.find(key); at != std::string_view::npos; at = suffix.find(key, at + 1)) {
    if (at != 0 && suffix[at - 1] != ' ') continue;  // AUID ends like UID
    suffix.remove_prefix(at + key.size());
    const std::string_view name = suffix.substr(0, suffix.find('"'));
    const bool whole = name.size() < suffix.size();
    return whole && name != "unset" && name.find('(') == std::string_view::npos ? name : "";
  }
  return {};
}

}  // namespace

void learn_names(std::string_view text, Names& names) {
  const void* const found = memrchr(text.data(), kEnriched, text.size());
  if (found == nullptr) return;
  const auto border = static_cast<size_t>(static_cast<const char*>(found) - text.data());
  const std::string_view record = text.substr(0, border), suffix = text.substr(border + 1);
  for (const Pair& pair : kPairs) {
    const size_t at = record.find(pair.number);
    if (at == std::string_view::npos) continue;
    uint32_t id = kUnsetId;
    const char* const from = record.data() + at + pair.number.size();
    (void)std::from_chars(from, record.data() + record.size(), id);
    const std::string_view name = id == kUnsetId ? "" : name_after(suffix, pair.name);
    if (name.empty() || name.size() >= LOGIN_NAME_MAX) continue;
    if (names.size() >= kNamesMax && !names.contains(id)) continue;
    std::string& known = names[id];
    if (known != name) known = name;
  }
}

}  // namespace spoor::agent
