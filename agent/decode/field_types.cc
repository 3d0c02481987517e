#include "agent/decode/field_types.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace spoor::agent {
namespace {

struct NamedType {
  std::string_view name;
  FieldType type;
};
constexpr bool before(const NamedType& a, const NamedType& b) { return a.name < b.name; }

// In every record but those below. Sorted.
constexpr NamedType kTypes[] = {
    {"a0", {FieldForm::hex}}, {"a1", {FieldForm::hex}}, {"a2", {FieldForm::hex}},
    {"a3", {FieldForm::hex}}, {"abs_timeout_nsec", {FieldForm::number}},
    {"abs_timeout_sec", {FieldForm::number}}, {"acct", {FieldForm::text}},
    {"addr", {FieldForm::address}}, {"arch", {FieldForm::hex}}, {"argc", {FieldForm::number}},
    {"auid", {FieldForm::id}}, {"cap_fi", {FieldForm::hex, Constant::capability_set}},
    {"cap_fp", {FieldForm::hex, Constant::capability_set}}, {"cap_frootid", {FieldForm::id}},
    {"cap_fver", {FieldForm::hex}}, {"cap_pa", {FieldForm::hex, Constant::capability_set}},
    {"cap_pe", {FieldForm::hex, Constant::capability_set}},
    {"cap_pi", {FieldForm::hex, Constant::capability_set}},
    {"cap_pp", {FieldForm::hex, Constant::capability_set}},
    {"capability", {FieldForm::number, Constant::capability}}, {"cipher", {FieldForm::word}},
    {"cmd", {FieldForm::text}}, {"code", {FieldForm::hex, Constant::seccomp_action}},
    {"comm", {FieldForm::text}}, {"compat", {FieldForm::number}}, {"cwd", {FieldForm::path}},
    {"daddr", {FieldForm::address}}, {"data", {FieldForm::text}}, {"dev", {FieldForm::word}},
    {"dir", {FieldForm::path}}, {"dst", {FieldForm::address}},
    {"dst_prefixlen", {FieldForm::number}}, {"egid", {FieldForm::id}},
    {"entries", {FieldForm::number}}, {"errno", {FieldForm::number, Constant::errno_number}},
    {"euid", {FieldForm::id}}, {"exe", {FieldForm::path}},
    {"exit", {FieldForm::number, Constant::errno_number}}, {"faddr", {FieldForm::address}},
    {"fan_info", {FieldForm::hex}}, {"fd", {FieldForm::number}}, {"fd0", {FieldForm::number}},
    {"fd1", {FieldForm::number}}, {"fi", {FieldForm::hex, Constant::capability_set}},
    {"file", {FieldForm::path}}, {"format", {FieldForm::word}}, {"frootid", {FieldForm::id}},
    {"fsgid", {FieldForm::id}}, {"fsuid", {FieldForm::id}}, {"fver", {FieldForm::hex}},
    {"gid", {FieldForm::id}}, {"grantors", {FieldForm::word}}, {"hash", {FieldForm::any}},
    {"hostname", {FieldForm::word}}, {"id", {FieldForm::id}}, {"igid", {FieldForm::id}},
    {"ino", {FieldForm::number}}, {"inode", {FieldForm::number}},
    {"inode_gid", {FieldForm::id}}, {"inode_uid", {FieldForm::id}}, {"ip", {FieldForm::hex}},
    {"items", {FieldForm::number}}, {"iuid", {FieldForm::id}}, {"kernel", {FieldForm::word}},
    {"key", {FieldForm::text}}, {"laddr", {FieldForm::address}},
    {"list", {FieldForm::number, Constant::rule_list}}, {"lsm", {FieldForm::word}},
    {"major", {FieldForm::number}}, {"mark", {FieldForm::hex}}, {"minor", {FieldForm::number}},
    {"mode", {FieldForm::octal, Constant::file_mode}}, {"mq_curmsgs", {FieldForm::number}},
    {"mq_flags", {FieldForm::hex}}, {"mq_maxmsg", {FieldForm::number}},
    {"mq_msgsize", {FieldForm::number}}, {"mqdes", {FieldForm::number}},
    {"msg_len", {FieldForm::number}}, {"msg_prio", {FieldForm::number}},
    {"name", {FieldForm::path}}, {"nametype", {FieldForm::word}},
    {"nargs", {FieldForm::number}}, {"new-disk", {FieldForm::path}},
    {"new-vm", {FieldForm::text}}, {"new_gid", {FieldForm::id}},
    {"new_pa", {FieldForm::hex, Constant::capability_set}},
    {"new_pe", {FieldForm::hex, Constant::capability_set}},
    {"new_pi", {FieldForm::hex, Constant::capability_set}},
    {"new_pp", {FieldForm::hex, Constant::capability_set}},
    {"nl-mcgrp", {FieldForm::number, Constant::multicast_group}}, {"nsec", {FieldForm::number}},
    {"oauid", {FieldForm::id}}, {"obj", {FieldForm::word}}, {"objtype", {FieldForm::word}},
    {"ocomm", {FieldForm::text}}, {"ogid", {FieldForm::id}}, {"old-auid", {FieldForm::id}},
    {"old-disk", {FieldForm::path}}, {"old-ses", {FieldForm::id}},
    {"old_auid", {FieldForm::id}}, {"old_pa", {FieldForm::hex, Constant::capability_set}},
    {"old_pe", {FieldForm::hex, Constant::capability_set}},
    {"old_pi", {FieldForm::hex, Constant::capability_set}}, {"old_pid", {FieldForm::id}},
    {"old_pp", {FieldForm::hex, Constant::capability_set}},
    {"old_prom", {FieldForm::number, Constant::promiscuous}}, {"old_ses", {FieldForm::id}},
    {"op", {FieldForm::word}}, {"opid", {FieldForm::id}}, {"oses", {FieldForm::id}},
    {"ouid", {FieldForm::id}}, {"pa", {FieldForm::hex, Constant::capability_set}},
    {"path", {FieldForm::path}}, {"per", {FieldForm::hex, Constant::personality}},
    {"pid", {FieldForm::id}}, {"ppid", {FieldForm::id}}, {"proctitle", {FieldForm::text}},
    {"profile", {FieldForm::text}}, {"prog-id", {FieldForm::number}},
    {"prom", {FieldForm::number, Constant::promiscuous}}, {"raddr", {FieldForm::address}},
    {"rdev", {FieldForm::word}}, {"res", {FieldForm::any, Constant::result}},
    {"resolve", {FieldForm::hex, Constant::resolve_flags}},
    {"resp", {FieldForm::number, Constant::fanotify_response}},
    {"root_dir", {FieldForm::path}}, {"saddr", {FieldForm::address}},
    {"sauid", {FieldForm::id}}, {"scontext", {FieldForm::word}}, {"sec", {FieldForm::number}},
    {"ses", {FieldForm::id}}, {"sgid", {FieldForm::id}},
    {"sig", {FieldForm::number, Constant::signal}},
    {"sigev_signo", {FieldForm::number, Constant::signal}}, {"spi", {FieldForm::hex}},
    {"spid", {FieldForm::id}}, {"src", {FieldForm::address}},
    {"src_prefixlen", {FieldForm::number}}, {"state", {FieldForm::word}},
    {"subj", {FieldForm::word}}, {"success", {FieldForm::word}}, {"suid", {FieldForm::id}},
    {"sw", {FieldForm::text}}, {"syscall", {FieldForm::number}}, {"table", {FieldForm::word}},
    {"tclass", {FieldForm::word}}, {"tcontext", {FieldForm::word}},
    {"terminal", {FieldForm::word}}, {"tree", {FieldForm::path}}, {"tty", {FieldForm::word}},
    {"uid", {FieldForm::id}}, {"unit", {FieldForm::word}},
    {"uring_op", {FieldForm::number, Constant::uring_operation}}, {"uuid", {FieldForm::word}},
    {"ver", {FieldForm::word}}, {"vm", {FieldForm::text}}, {"watch", {FieldForm::path}},
};
static_assert(std::is_sorted(std::begin(kTypes), std::end(kTypes), before));

// In some records.
struct RecordFieldType {
  uint16_t first, last;  // record types
  std::string_view name;
  FieldType type;
};
constexpr RecordFieldType kInRecords[] = {
    {1309, 1309, "a0", {FieldForm::text}}, {1309, 1309, "a1", {FieldForm::text}},
    {1309, 1309, "a2", {FieldForm::text}}, {1309, 1309, "a3", {FieldForm::text}},
    {1405, 1405, "bool", {FieldForm::word}}, {1423, 1424, "domain", {FieldForm::hex}},
    {1325, 1325, "family", {FieldForm::number, Constant::netfilter_family}},
    {1321, 1321, "fe", {FieldForm::number}},
    {1323, 1323, "flags", {FieldForm::hex, Constant::mmap_flags}},
    {1321, 1321, "fp", {FieldForm::hex, Constant::capability_set}},
    {1324, 1324, "ipid", {FieldForm::number}}, {1424, 1424, "mode", {FieldForm::word}},
    {1330, 1330, "name", {FieldForm::text}},
    {1312, 1312, "oflag", {FieldForm::hex, Constant::open_flags}},
    {1337, 1337, "oflag", {FieldForm::octal, Constant::open_flags}},
    {1321, 1321, "pe", {FieldForm::hex, Constant::capability_set}},
    {1321, 1321, "pi", {FieldForm::hex, Constant::capability_set}},
    {1321, 1321, "pp", {FieldForm::hex, Constant::capability_set}},
    {1324, 1324, "proto", {FieldForm::number, Constant::ip_protocol}},
    {1303, 1303, "qbytes", {FieldForm::hex}}, {1311, 1311, "qbytes", {FieldForm::hex}},
    {1306, 1306, "saddr", {FieldForm::sockaddr}},
};
static_assert(std::is_sorted(std::begin(kInRecords), std::end(kInRecords),
                             [](const RecordFieldType& a, const RecordFieldType& b) {
                               return a.name < b.name;
                             }));

// Where the names with a first letter begin in a sorted table; the next letter's are their end. A
// search of the whole table for each field was a third of all decoding (measured).
template <typename Entry, size_t kSize>
constexpr auto letters_of(const Entry (&table)[kSize]) {
  static_assert(kSize < 256);
  std::array<uint8_t, 129> starts{};
  size_t at = 0;
  for (size_t letter = 0; letter < starts.size(); ++letter) {
    while (at < kSize && static_cast<uint8_t>(table[at].name[0]) < letter) ++at;
    starts[letter] = static_cast<uint8_t>(at);
  }
  return starts;
}
constexpr auto kTypeLetters = letters_of(kTypes);
constexpr auto kRecordLetters = letters_of(kInRecords);

}  // namespace

FieldType field_type(uint16_t record_type, std::string_view name) {
  const size_t letter = name.empty() ? 0 : static_cast<uint8_t>(name[0]);
  if (letter >= kTypeLetters.size() - 1) return {};
  for (size_t i = kRecordLetters[letter]; i < kRecordLetters[letter + 1]; ++i) {
    const RecordFieldType& each = kInRecords[i];
    if (each.name == name && record_type >= each.first && record_type <= each.last) {
      return each.type;
    }
  }
  for (size_t i = kTypeLetters[letter]; i < kTypeLetters[letter + 1]; ++i) {
    if (kTypes[i].name == name) return kTypes[i].type;
  }
  return {};
}

}  // namespace spoor::agent
