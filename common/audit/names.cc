#include "common/audit/names.h"

#include <libaudit.h>

#include <charconv>
#include <limits>

namespace spoor {
namespace {

struct TypeName {
  uint16_t type;
  const char* name;
};
constexpr TypeName kNewerTypes[] = {
    {1204, "DAEMON_RECONFIG"},    {1329, "REPLACE"},
    {1338, "DM_CTRL"},            {1339, "DM_EVENT"},
    {1420, "IPE_ACCESS"},         {1421, "IPE_CONFIG_CHANGE"},
    {1422, "IPE_POLICY_LOAD"},    {1423, "LANDLOCK_ACCESS"},
    {1424, "LANDLOCK_DOMAIN"},    {1425, "MAC_TASK_CONTEXTS"},
    {1426, "MAC_OBJ_CONTEXTS"},
};

struct ArchName {
  uint32_t arch;
  const char* name;
};
// AUDIT_ARCH_*: libaudit has less than half of them, and calls arm by its oldest kind.
constexpr ArchName kArchNames[] = {
    {0x40000003, "i386"},        {0xC000003E, "x86_64"},    {0x40000028, "arm"},
    {0x00000028, "armeb"},       {0xC00000B7, "aarch64"},   {0x00000014, "ppc"},
    {0x80000015, "ppc64"},       {0xC0000015, "ppc64le"},   {0x00000016, "s390"},
    {0x80000016, "s390x"},       {0x400000F3, "riscv32"},   {0xC00000F3, "riscv64"},
    {0x40000102, "loongarch32"}, {0xC0000102, "loongarch64"}, {0x00000008, "mips"},
    {0x40000008, "mipsel"},      {0x80000008, "mips64"},    {0xC0000008, "mips64el"},
    {0xA0000008, "mips64n32"},   {0xE0000008, "mips64eln32"}, {0xC0009026, "alpha"},
    {0x0000000F, "parisc"},      {0x8000000F, "parisc64"},  {0x00000002, "sparc"},
    {0x8000002B, "sparc64"},     {0x00000004, "m68k"},      {0x4000002A, "shel"},
    {0x0000002A, "sh"},          {0xC0000032, "ia64"},
};
struct CallName {
  uint32_t number;
  const char* name;
};
// System calls that libaudit 3.0 does not know. Since 5.1 a new call has one number on all
// architectures (scripts/syscall.tbl), counted from each ABI's first number.
constexpr CallName kNewerCalls[] = {
    {451, "cachestat"},     {452, "fchmodat2"},         {453, "map_shadow_stack"},
    {454, "futex_wake"},    {455, "futex_wait"},        {456, "futex_requeue"},
    {457, "statmount"},     {458, "listmount"},         {459, "lsm_get_self_attr"},
    {460, "lsm_set_self_attr"}, {461, "lsm_list_modules"}, {462, "mseal"},
    {463, "setxattrat"},    {464, "getxattrat"},        {465, "listxattrat"},
    {466, "removexattrat"}, {467, "open_tree_attr"},    {468, "file_getattr"},
    {469, "file_setattr"},
};
constexpr uint32_t kX86_64 = 0xC000003E, kRiscv64 = 0xC00000F3, kLoongarch64 = 0xC0000102;
constexpr uint32_t kX32 = 0x40000000;  // in the numbers of x86-64's other ABI

// The youngest architectures share the table that aarch64 began (asm-generic/unistd.h), but for a
// range that it leaves to each.
int machine_of(uint32_t arch, uint32_t number) {
  constexpr uint32_t kOwnFirst = 244, kOwnLast = 259;
  if (arch == kRiscv64 || arch == kLoongarch64) {
    return number >= kOwnFirst && number <= kOwnLast ? -1 : static_cast<int>(MACH_AARCH64);
  }
  return audit_elf_to_machine(arch);
}

// An ABI's first number: three of mips', and of alpha.
uint32_t first_call(uint32_t arch) {
  switch (arch) {
    case 0x00000008:
    case 0x40000008: return 4000;
    case 0x80000008:
    case 0xC0000008: return 5000;
    case 0xA0000008:
    case 0xE0000008: return 6000;
    case 0xC0009026: return 110;
    default: return 0;
  }
}

const char* newer_call(uint32_t arch, uint32_t number) {
  if (*arch_name(arch) == 0) return "";
  for (const CallName& newer : kNewerCalls) {
    if (newer.number + first_call(arch) == number) return newer.name;
  }
  return "";
}

}  // namespace

std::optional<uint16_t> record_type_number(std::string_view name) {
  constexpr std::string_view kUnknown = "UNKNOWN[";
  if (name.starts_with(kUnknown) && name.ends_with(']')) {
    const std::string_view digits = name.substr(kUnknown.size(), name.size() - kUnknown.size() - 1);
    uint16_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
  }
  for (const TypeName& newer : kNewerTypes) {
    if (newer.name == name) return newer.type;
  }
  const int type = audit_name_to_msg_type(std::string(name).c_str());
  if (type < 0 || type > std::numeric_limits<uint16_t>::max()) return std::nullopt;
  return static_cast<uint16_t>(type);
}

std::string record_type_name(uint16_t type) {
  if (const char* name = audit_msg_type_to_name(type)) return name;
  for (const TypeName& newer : kNewerTypes) {
    if (newer.type == type) return newer.name;
  }
  return "UNKNOWN[" + std::to_string(type) + "]";
}

const char* syscall_name(uint32_t arch, uint32_t number) {
  if (arch == kX86_64) number &= ~kX32;
  if (number > static_cast<uint32_t>(std::numeric_limits<int>::max())) return "";
  const int machine = machine_of(arch, number);
  const char* name = machine < 0 ? nullptr
                                 : audit_syscall_to_name(static_cast<int>(number), machine);
  return name != nullptr ? name : newer_call(arch, number);
}

const char* arch_name(uint32_t arch) {
  for (const ArchName& known : kArchNames) {
    if (known.arch == arch) return known.name;
  }
  return "";
}

}  // namespace spoor
