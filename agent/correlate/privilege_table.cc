#include "agent/correlate/privilege_table.h"

#include <algorithm>
#include <array>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr std::array kTexts = {&PrivilegeAsked::program, &PrivilegeAsked::command,
                               &PrivilegeAsked::cwd, &PrivilegeAsked::terminal};

std::string_view bare(std::string_view terminal) {
  if (terminal.starts_with("/dev/")) terminal.remove_prefix(5);
  return terminal;
}

// Of one command sudo's record has the arguments as they are and the program as it was called, its
// line the program's path, and quotes what needs it (sudo 1.9.13; -i: `-bash` in the record).
bool tells_of(std::string_view line, std::string_view record) {
  const auto without_quotes = [](std::string_view text) {
    std::string out(text);
    std::erase_if(out, [](char c) { return c == '\'' || c == '"' || c == '\\'; });
    return out;
  };
  if (record.starts_with('-')) record.remove_prefix(1);
  return !record.empty() && without_quotes(line).ends_with(without_quotes(record));
}

}  // namespace

std::optional<PrivilegeAsked> PrivilegeTable::add(PrivilegeAsked asked) {
  std::optional<PrivilegeAsked> left;
  if (asked_.size() >= kPrivilegesMax) {
    auto leaves = std::find_if(asked_.begin(), asked_.end(), [](const auto& a) { return a.told; });
    if (leaves == asked_.end()) leaves = asked_.begin();
    if (!leaves->told) left = std::move(*leaves);
    asked_.erase(leaves);
  }
  asked_.push_back(std::move(asked));
  return left;
}

PrivilegeAsked* PrivilegeTable::find(const ProcessKey& process) {
  const auto found = std::find_if(asked_.rbegin(), asked_.rend(),
                                  [&](const auto& asked) { return asked.process == process; });
  return found == asked_.rend() ? nullptr : &*found;
}

PrivilegeAsked* PrivilegeTable::of_line(uint32_t pid, std::string_view terminal,
                                        std::string_view command) {
  const auto found = std::find_if(asked_.rbegin(), asked_.rend(), [&](const auto& asked) {
    if (pid != 0) return asked.process.pid == pid;
    return bare(asked.terminal) == bare(terminal) && tells_of(command, asked.command);
  });
  return found == asked_.rend() ? nullptr : &*found;
}

std::optional<PrivilegeAsked> PrivilegeTable::take_due(Instant now) {
  std::erase_if(asked_, [&](const auto& asked) {
    return asked.told && now.boottime_ns - asked.read.boottime_ns > kLogWaitNs;
  });
  for (PrivilegeAsked& asked : asked_) {
    if (asked.told) continue;
    if (now.boottime_ns - asked.read.boottime_ns < kPrivilegeWaitNs) break;
    asked.told = true;
    return asked;
  }
  return std::nullopt;
}

void PrivilegeTable::save(std::string& to) const {
  append_le(to, static_cast<uint32_t>(asked_.size()));
  for (const PrivilegeAsked& asked : asked_) {
    for (const uint32_t n : {asked.process.pid, asked.ses, asked.auid, asked.from_uid}) {
      append_le(to, n);
    }
    for (const int64_t n : {asked.process.birth_ns, asked.time_ns, asked.read.realtime_ns,
                            asked.read.boottime_ns}) {
      append_le(to, n);
    }
    append_le(to, static_cast<uint8_t>((asked.told ? 1 : 0) | (asked.process.rounded ? 2 : 0) |
                                       (asked.rewritten ? 4 : 0)));
    for (const auto text : kTexts) append_string(to, asked.*text);
  }
}

bool PrivilegeTable::restore(BlobReader& from) {
  asked_.clear();
  const auto count = from.number<uint32_t>();
  for (uint32_t i = 0; i < count && i <= kPrivilegesMax && from.good(); ++i) {
    PrivilegeAsked asked;
    for (uint32_t* n : {&asked.process.pid, &asked.ses, &asked.auid, &asked.from_uid}) {
      *n = from.number<uint32_t>();
    }
    for (int64_t* n : {&asked.process.birth_ns, &asked.time_ns, &asked.read.realtime_ns,
                       &asked.read.boottime_ns}) {
      *n = from.number<int64_t>();
    }
    const auto flags = from.number<uint8_t>();
    asked.told = (flags & 1) != 0;
    asked.process.rounded = (flags & 2) != 0;
    asked.rewritten = (flags & 4) != 0;
    for (const auto text : kTexts) asked.*text = from.string();
    asked_.push_back(std::move(asked));
  }
  if (from.good() && asked_.size() == count) return true;
  asked_.clear();
  return false;
}

}  // namespace spoor::agent
