#include "agent/doctor/netlink_table.h"

#include <linux/netlink.h>

#include <charconv>

#include "agent/doctor/setting_lines.h"

namespace spoor::agent {
namespace {

// Columns: sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode.
constexpr size_t kProtocol = 1, kPort = 2, kGroups = 3, kInode = 9;
constexpr uint32_t kReadLogBit = 1;  // AUDIT_NLGRP_READLOG is the first group

template <typename T>
bool number(std::string_view word, T& into, int base = 10) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), into, base);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

std::vector<AuditListener> audit_listeners(std::string_view table) {
  std::vector<AuditListener> found;
  for (const std::string_view line : lines_of(table)) {
    const auto words = words_of(line);
    uint32_t protocol = 0, groups = 0;
    AuditListener listener;
    if (words.size() <= kInode || !number(words[kProtocol], protocol) ||
        !number(words[kPort], listener.port_id) || !number(words[kGroups], groups, 16) ||
        !number(words[kInode], listener.inode)) {
      continue;
    }
    if (protocol == NETLINK_AUDIT && (groups & kReadLogBit) != 0) found.push_back(listener);
  }
  return found;
}

}  // namespace spoor::agent
