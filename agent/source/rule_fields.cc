#include "agent/source/rule_fields.h"

#include <libaudit.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <climits>

#include "agent/source/procfs.h"

namespace spoor::agent {
namespace {

struct Pair {
  std::string_view name, value;
  uint32_t op = 0;
};

// The operator begins at the first of its characters.
Result<Pair> split(std::string_view pair) {
  struct Operator {
    std::string_view symbol;
    uint32_t op;
  };
  static constexpr std::array<Operator, 8> kOperators = {{{"!=", AUDIT_NOT_EQUAL},
                                                          {">=", AUDIT_GREATER_THAN_OR_EQUAL},
                                                          {"<=", AUDIT_LESS_THAN_OR_EQUAL},
                                                          {"&=", AUDIT_BIT_TEST},
                                                          {"=", AUDIT_EQUAL},
                                                          {">", AUDIT_GREATER_THAN},
                                                          {"<", AUDIT_LESS_THAN},
                                                          {"&", AUDIT_BIT_MASK}}};
  const size_t at = pair.find_first_of("!<>=&");
  if (at != std::string_view::npos && at > 0) {
    for (const auto& [symbol, op] : kOperators) {
      if (!pair.substr(at).starts_with(symbol)) continue;
      if (at + symbol.size() == pair.size()) break;
      return Pair{pair.substr(0, at), pair.substr(at + symbol.size()), op};
    }
  }
  return invalid("-F wants NAME, one of = != < > <= >= & &=, and a value without spaces, such as "
                 "auid!=unset; this is " + std::string(pair));
}

Status only_on(const RuleBuilder& rule, std::string_view name,
               std::initializer_list<uint32_t> ok_on, const char* lists) {
  if (std::find(ok_on.begin(), ok_on.end(), rule.list()) != ok_on.end()) return ok();
  return invalid("the field " + std::string(name) + " is for the list " + lists + " only");
}

Status bad_value(std::string_view name, std::string_view value, const char* expected) {
  return invalid(std::string(name) + " wants " + expected + ", not " + std::string(value));
}

// Positive up to 2^32-1 or negative down to -2^31, as the kernel's 32 bits.
std::optional<uint32_t> parse_signed(std::string_view text) {
  if (!text.starts_with('-')) return parse_whole(text);
  const auto magnitude = parse_whole(text.substr(1));
  if (!magnitude || *magnitude > 1u << 31) return std::nullopt;
  return 0u - *magnitude;
}

std::optional<uint32_t> find_account(std::string_view name, const Names& names) {
  for (const auto& [id, known] : names) {
    if (known == name) return id;
  }
  return std::nullopt;
}

Result<uint32_t> account_value(const Pair& pair, const Names& names, bool is_group) {
  if (!is_group && pair.value == "unset") return kUnsetId;
  if (const auto number = parse_signed(pair.value)) {
    if (!pair.value.starts_with('-') || *number == kUnsetId) return *number;
  }
  if (const auto id = find_account(pair.value, names)) return *id;
  return invalid("there is no " + std::string(is_group ? "group " : "user ") +
                 std::string(pair.value) + " in " + (is_group ? "/etc/group" : "/etc/passwd") +
                 "; give the number where only a directory service knows the name");
}

// errno by name, or a number.
Result<uint32_t> exit_value(std::string_view value) {
  if (const auto number = parse_signed(value)) return *number;
  const std::string name(value);
  const int number = audit_name_to_errno(name.c_str());
  if (number < 0) return static_cast<uint32_t>(number);
  if (number > 0) return invalid("a call that fails returns -" + name + ": write exit=-" + name);
  return bad_value("exit", value, "a number or an errno such as -EACCES");
}

Result<uint32_t> arch_value(const Pair& pair, const RuleMachine& machine) {
  if (machine.own < 0) {
    return invalid("libaudit knows no system call of this machine (uname -m): arch cannot be used");
  }
  const std::string name(pair.value);
  const auto number = parse_whole(name);
  std::optional<int> wanted;
  if (strcasecmp(name.c_str(), "b64") == 0) wanted = machine.b64;
  else if (strcasecmp(name.c_str(), "b32") == 0) wanted = machine.b32;
  else wanted = number ? audit_elf_to_machine(*number) : audit_determine_machine(name.c_str());
  if (wanted && *wanted < 0) return bad_value("arch", name, "b64, b32 or a machine's name");
  if (wanted && machine.runs(*wanted)) return audit_machine_to_elf(*wanted);
  return unavailable(machine_name(machine.own) + " runs no programs of arch=" + name);
}

// A number, or a name of one of libaudit's tables.
Result<uint32_t> named_value(const Pair& pair, int (*find)(const char*), const char* expected) {
  if (const auto number = parse_whole(pair.value)) return *number;
  const int found = find(std::string(pair.value).c_str());
  if (found >= 0) return static_cast<uint32_t>(found);
  return bad_value(pair.name, pair.value, expected);
}

Result<uint32_t> number_value(const Pair& pair, uint32_t field) {
  const auto number = parse_signed(pair.value);
  if (field == AUDIT_SESSIONID && pair.value == "unset") return kUnsetId;
  if (field == AUDIT_SUCCESS && (!number || *number > 1)) {
    return bad_value(pair.name, pair.value, "1 (it worked) or 0 (it failed)");
  }
  if (field == AUDIT_SADDR_FAM && (!number || *number >= AF_MAX)) {
    return bad_value(pair.name, pair.value, "an address family's number: 2 is IPv4, 10 is IPv6");
  }
  const bool may_be_negative = field >= AUDIT_ARG0 && field <= AUDIT_ARG3;
  if (number && (may_be_negative || !pair.value.starts_with('-'))) return *number;
  return bad_value(pair.name, pair.value, "a number");
}

Result<uint32_t> value_of(const Pair& pair, uint32_t field, const Accounts& accounts,
                          const RuleMachine& machine) {
  switch (field) {
    case AUDIT_UID: case AUDIT_EUID: case AUDIT_SUID: case AUDIT_FSUID:
    case AUDIT_LOGINUID: case AUDIT_OBJ_UID:
      return account_value(pair, accounts.users, false);
    case AUDIT_GID: case AUDIT_EGID: case AUDIT_SGID: case AUDIT_FSGID: case AUDIT_OBJ_GID:
      return account_value(pair, accounts.groups, true);
    case AUDIT_EXIT:
      return exit_value(pair.value);
    case AUDIT_ARCH: return arch_value(pair, machine);
    case AUDIT_PERM:
      return parse_permissions(pair.value);
    case AUDIT_FILETYPE:
      return named_value(pair, audit_name_to_ftype,
                         "file, dir, socket, link, character, block or fifo");
    case AUDIT_MSGTYPE:
      return named_value(pair, audit_name_to_msg_type, "a record type such as CWD, or its number");
    case AUDIT_FSTYPE:
      return named_value(pair, audit_name_to_fstype,
                         "tracefs, debugfs, or a magic number of statfs(2)");
    default:
      return number_value(pair, field);
  }
}

// The exclude list is asked about a record, the filesystem list about an inode.
Status check_list(std::string_view name, uint32_t field, const RuleBuilder& rule) {
  const uint32_t list = rule.list();
  if (list == AUDIT_FILTER_FS && field != AUDIT_FSTYPE) {
    return invalid("the list filesystem takes the field fstype only, not " + std::string(name));
  }
  if (list == AUDIT_FILTER_EXCLUDE) {
    static constexpr std::array<uint32_t, 11> kKnown = {
        AUDIT_PID, AUDIT_UID, AUDIT_GID, AUDIT_LOGINUID, AUDIT_MSGTYPE, AUDIT_SUBJ_USER,
        AUDIT_SUBJ_ROLE, AUDIT_SUBJ_TYPE, AUDIT_SUBJ_SEN, AUDIT_SUBJ_CLR, AUDIT_EXE};
    if (field != AUDIT_SESSIONID && std::count(kKnown.begin(), kKnown.end(), field) == 0) {
      return invalid("the list exclude takes msgtype, pid, uid, gid, auid, sessionid, subj_* and "
                     "exe, not " + std::string(name));
    }
  }
  switch (field) {
    case AUDIT_MSGTYPE:
      return only_on(rule, name, {AUDIT_FILTER_EXCLUDE, AUDIT_FILTER_USER}, "exclude or user");
    case AUDIT_FSTYPE:
      return only_on(rule, name, {AUDIT_FILTER_FS}, "filesystem");
    case AUDIT_PERM: case AUDIT_PPID: case AUDIT_FILETYPE: case AUDIT_DEVMAJOR:
    case AUDIT_DEVMINOR: case AUDIT_SUCCESS: case AUDIT_SADDR_FAM:
      return only_on(rule, name, {AUDIT_FILTER_EXIT}, "exit");
    case AUDIT_EXE:
      return only_on(rule, name, {AUDIT_FILTER_EXIT, AUDIT_FILTER_EXCLUDE, AUDIT_FILTER_USER},
                     "exit, user or exclude");
    case AUDIT_EXIT: case AUDIT_WATCH: case AUDIT_DIR: case AUDIT_INODE: case AUDIT_OBJ_UID:
    case AUDIT_OBJ_GID: case AUDIT_OBJ_USER: case AUDIT_OBJ_ROLE: case AUDIT_OBJ_TYPE:
    case AUDIT_OBJ_LEV_LOW: case AUDIT_OBJ_LEV_HIGH:
      return only_on(rule, name, {AUDIT_FILTER_EXIT, AUDIT_FILTER_URING_EXIT}, "exit or io_uring");
    default:
      return ok();
  }
}

Status check_operator(const Pair& pair, uint32_t field) {
  const std::string name(pair.name);
  const bool bits = pair.op == AUDIT_BIT_MASK || pair.op == AUDIT_BIT_TEST;
  const bool equality = pair.op == AUDIT_EQUAL || pair.op == AUDIT_NOT_EQUAL;
  switch (field) {
    case AUDIT_ARG0: case AUDIT_ARG1: case AUDIT_ARG2: case AUDIT_ARG3:
    case AUDIT_PERS: case AUDIT_DEVMINOR:
      return ok();
    case AUDIT_WATCH: case AUDIT_DIR: case AUDIT_PERM: case AUDIT_FILETYPE: case AUDIT_FSTYPE:
      return pair.op == AUDIT_EQUAL ? ok() : invalid(name + " can only be compared with =");
    case AUDIT_SUBJ_USER: case AUDIT_SUBJ_ROLE: case AUDIT_SUBJ_TYPE: case AUDIT_OBJ_USER:
    case AUDIT_OBJ_ROLE: case AUDIT_OBJ_TYPE: case AUDIT_ARCH: case AUDIT_EXE: case AUDIT_INODE:
      return equality ? ok() : invalid(name + " can only be compared with = and !=");
    default:
      return bits ? invalid(name + " has no bits to test: & and &= are for a0 to a3") : ok();
  }
}

// Once on a rule: the kernel finds a rule by these.
Status check_once(std::string_view name, uint32_t field, const RuleBuilder& rule) {
  const auto is_place = [](uint32_t f) {
    return f == AUDIT_WATCH || f == AUDIT_DIR || f == AUDIT_INODE;
  };
  for (const RuleField& there : fields_of(rule.data())) {
    if (is_place(field) && is_place(there.field)) {
      return invalid("a rule has one of path, dir and inode, once: make it two rules");
    }
    if (there.field == field && (field == AUDIT_ARCH || field == AUDIT_EXE || field == AUDIT_PERM))
      return invalid(std::string(name) + " is there already: a rule has one");
  }
  if (field == AUDIT_ARCH && count_syscalls(rule.data()) > 0) {
    return invalid("arch comes before -S: it says which table the calls are looked up in");
  }
  return ok();
}

struct Comparison {
  uint32_t value;
  std::string_view one, other;
};
constexpr std::array<Comparison, 25> kComparisons = {{
    {AUDIT_COMPARE_UID_TO_OBJ_UID, "uid", "obj_uid"},
    {AUDIT_COMPARE_GID_TO_OBJ_GID, "gid", "obj_gid"},
    {AUDIT_COMPARE_EUID_TO_OBJ_UID, "euid", "obj_uid"},
    {AUDIT_COMPARE_EGID_TO_OBJ_GID, "egid", "obj_gid"},
    {AUDIT_COMPARE_AUID_TO_OBJ_UID, "auid", "obj_uid"},
    {AUDIT_COMPARE_SUID_TO_OBJ_UID, "suid", "obj_uid"},
    {AUDIT_COMPARE_SGID_TO_OBJ_GID, "sgid", "obj_gid"},
    {AUDIT_COMPARE_FSUID_TO_OBJ_UID, "fsuid", "obj_uid"},
    {AUDIT_COMPARE_FSGID_TO_OBJ_GID, "fsgid", "obj_gid"},
    {AUDIT_COMPARE_UID_TO_AUID, "uid", "auid"},
    {AUDIT_COMPARE_UID_TO_EUID, "uid", "euid"},
    {AUDIT_COMPARE_UID_TO_FSUID, "uid", "fsuid"},
    {AUDIT_COMPARE_UID_TO_SUID, "uid", "suid"},
    {AUDIT_COMPARE_AUID_TO_FSUID, "auid", "fsuid"},
    {AUDIT_COMPARE_AUID_TO_SUID, "auid", "suid"},
    {AUDIT_COMPARE_AUID_TO_EUID, "auid", "euid"},
    {AUDIT_COMPARE_EUID_TO_SUID, "euid", "suid"},
    {AUDIT_COMPARE_EUID_TO_FSUID, "euid", "fsuid"},
    {AUDIT_COMPARE_SUID_TO_FSUID, "suid", "fsuid"},
    {AUDIT_COMPARE_GID_TO_EGID, "gid", "egid"},
    {AUDIT_COMPARE_GID_TO_FSGID, "gid", "fsgid"},
    {AUDIT_COMPARE_GID_TO_SGID, "gid", "sgid"},
    {AUDIT_COMPARE_EGID_TO_FSGID, "egid", "fsgid"},
    {AUDIT_COMPARE_EGID_TO_SGID, "egid", "sgid"},
    {AUDIT_COMPARE_SGID_TO_FSGID, "sgid", "fsgid"},
}};

}  // namespace

Accounts read_accounts() { return {read_names("/etc/passwd"), read_names("/etc/group")}; }

std::optional<uint32_t> parse_whole(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = 8;
  }
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Result<uint32_t> parse_permissions(std::string_view letters) {
  uint32_t value = 0;
  for (const char letter : letters) {
    if (letter == 'r') value |= AUDIT_PERM_READ;
    else if (letter == 'w') value |= AUDIT_PERM_WRITE;
    else if (letter == 'x') value |= AUDIT_PERM_EXEC;
    else if (letter == 'a') value |= AUDIT_PERM_ATTR;
    else return bad_value("perm", letters, "letters of r, w, x and a");
  }
  return value;
}

Status check_path(std::string_view path) {
  const std::string text(path);
  if (!path.starts_with('/')) return invalid("a path must begin with /, unlike " + text);
  if (path == "/") return invalid("the kernel does not watch all of /: name folders in it");
  if (path.size() >= PATH_MAX) return invalid("a path of 4096 bytes or more");
  if (path.find_first_of("*?[") != std::string_view::npos) {
    return invalid("the kernel knows no wildcards (" + text + "): watch the folder with dir=");
  }
  if ((text + "/").find("/../") != std::string::npos) {
    return invalid("a path must not go up with ..: " + text);
  }
  return ok();
}

Status add_field(std::string_view text, const Accounts& accounts, const RuleMachine& machine,
                 RuleBuilder& rule) {
  ASSIGN_OR_RETURN(const Pair pair, split(text));
  const std::string name(pair.name);
  const int found = audit_name_to_field(name.c_str());
  if (found < 0) {
    return invalid("there is no field " + name + "; auditctl(8) lists them under -F");
  }
  const auto field = static_cast<uint32_t>(found);
  if (field == AUDIT_FIELD_COMPARE || field == AUDIT_LOGINUID_SET) {
    return invalid("the field " + name + " cannot be written with -F");
  }
  RETURN_IF_ERROR(check_list(pair.name, field, rule));
  RETURN_IF_ERROR(check_operator(pair, field));
  RETURN_IF_ERROR(check_once(pair.name, field, rule));
  if (!has_text(field)) {
    const auto value = value_of(pair, field, accounts, machine);
    // True of every program here.
    if (value.code() == Code::unavailable && pair.op == AUDIT_NOT_EQUAL) return ok();
    if (!value.is_ok()) return value.status();
    return rule.add_number(field, pair.op, *value);
  }
  if (field == AUDIT_WATCH || field == AUDIT_DIR || field == AUDIT_EXE) {
    RETURN_IF_ERROR(check_path(pair.value));
    if (field != AUDIT_DIR && pair.value.ends_with('/')) {
      return invalid(name + " names a file, so it cannot end with /; dir= is for folders");
    }
  }
  if (pair.value.size() >= PATH_MAX) return invalid(name + " is longer than the kernel takes");
  return rule.add_text(field, pair.op, pair.value);
}

std::optional<std::pair<std::string_view, std::string_view>> names_of_comparison(uint32_t value) {
  for (const Comparison& known : kComparisons) {
    if (known.value == value) return std::pair(known.one, known.other);
  }
  return std::nullopt;
}

Status add_comparison(std::string_view text, RuleBuilder& rule) {
  const auto pair = split(text);
  if (!pair.is_ok() || (pair->op != AUDIT_EQUAL && pair->op != AUDIT_NOT_EQUAL)) {
    return invalid(
        "-C wants two fields with = or != between them, such as auid!=obj_uid; this is " +
        std::string(text));
  }
  RETURN_IF_ERROR(only_on(rule, "-C", {AUDIT_FILTER_EXIT, AUDIT_FILTER_URING_EXIT},
                          "exit or io_uring"));
  for (const auto& [value, one, other] : kComparisons) {
    if ((pair->name == one && pair->value == other) || (pair->name == other && pair->value == one))
      return rule.add_number(AUDIT_FIELD_COMPARE, pair->op, value);
  }
  return invalid("the kernel cannot compare " + std::string(pair->name) + " with " +
                 std::string(pair->value) +
                 ": -C takes two of auid, uid, euid, suid, fsuid, obj_uid, or two of gid, egid, "
                 "sgid, fsgid, obj_gid");
}

}  // namespace spoor::agent
