#include "agent/source/procfs.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "common/files.h"

namespace spoor::agent {
namespace {

constexpr size_t kSmallFileMax = 64u << 10;
constexpr size_t kCommBytesMax = 15;  // TASK_COMM_LEN, less its NUL
constexpr size_t kPasswdBytesMax = 16u << 20;

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::string_view next_word(std::string_view& text) {
  const size_t start = std::min(text.find_first_not_of(' '), text.size());
  const size_t end = std::min(text.find_first_of(" \n", start), text.size());
  const std::string_view word = text.substr(start, end - start);
  text.remove_prefix(end);
  return word;
}

uint32_t read_number(Files& files, const std::string& path, uint32_t otherwise) {
  const auto text = read_file(files, path, kSmallFileMax);
  return text.is_ok() ? number<uint32_t>(*text).value_or(otherwise) : otherwise;
}

// 32 hex digits, with or without a UUID's dashes.
Result<Id> read_id(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, read_file(files, path, kSmallFileMax));
  std::erase_if(text, [](char c) { return c == '-' || c == '\n'; });
  return array_from_hex<16>(text);
}

}  // namespace

bool audits_from_boot(std::string_view boot_line) {
  constexpr std::string_view kSetting = "audit=";
  bool on = false;
  while (true) {
    const std::string_view word = next_word(boot_line);
    if (word.empty()) return on;
    if (!word.starts_with(kSetting)) continue;
    const std::string_view value = word.substr(kSetting.size());
    on = value == "on" || number<uint32_t>(value).value_or(0) != 0;
  }
}

std::optional<ProcessFound> parse_stat(std::string_view text) {
  ProcessFound found;
  const auto pid = number<uint32_t>(text);
  const size_t name_end = text.rfind(')');
  if (!pid || name_end == std::string_view::npos) return std::nullopt;
  found.pid = *pid;
  const size_t name_begin = text.find('(');
  if (name_begin < name_end) {
    found.comm = text.substr(name_begin + 1, std::min(name_end - name_begin - 1, kCommBytesMax));
  }
  text.remove_prefix(name_end + 1);
  bool leader_ended = false;
  // Fields 3 (state), 4 (ppid) … 20 (num_threads), 22 (starttime), proc_pid_stat(5).
  for (int field = 3; field <= 22; ++field) {
    const std::string_view word = next_word(text);
    if (field == 3) {
      leader_ended = word == "Z" || word == "X";
    } else if (field == 4) {
      const auto parent = number<uint32_t>(word);
      if (!parent) return std::nullopt;
      found.parent_pid = *parent;
    } else if (field == 20) {
      found.threads = std::max(number<uint32_t>(word).value_or(1), 1u);
    } else if (field == 22) {
      const auto ticks = number<int64_t>(word);
      if (!ticks || *ticks < 0) return std::nullopt;
      found.birth_boottime_ns = *ticks * (kNsPerSecond / sysconf(_SC_CLK_TCK));
    }
  }
  // A leader that has left is counted until its process is waited for (kernel/exit.c).
  found.is_zombie = leader_ended && found.threads <= 1;
  found.leader_left = leader_ended && !found.is_zombie;
  if (found.leader_left) --found.threads;
  return found;
}

std::vector<ProcessFound> processes_found(const Clock& clock, const std::string& proc_folder) {
  std::vector<ProcessFound> all;
  PosixFiles files;
  const auto names = files.list(proc_folder);
  if (!names.is_ok()) return all;
  for (const std::string& name : *names) {
    if (name[0] < '0' || name[0] > '9') continue;
    const std::string folder = proc_folder + "/" + name;
    const int64_t counted_ns = clock.now().boottime_ns;
    const auto text = read_file(files, folder + "/stat", kSmallFileMax);
    if (!text.is_ok()) continue;
    auto found = parse_stat(*text);
    if (!found || found->is_zombie) continue;
    found->counted_ns = counted_ns;
    found->auid = read_number(files, folder + "/loginuid", kUnsetId);
    found->ses = read_number(files, folder + "/sessionid", kUnsetId);
    all.push_back(*found);
  }
  return all;
}

Names read_names(const std::string& passwd_path) {
  Names names;
  PosixFiles files;
  const auto text = read_file(files, passwd_path, kPasswdBytesMax);
  if (!text.is_ok()) return names;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // name:password:uid:…
    const size_t first = line.find(':');
    const size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos || first == 0) continue;
    const auto uid = number<uint32_t>(line.substr(second + 1));
    // The first line of a uid wins, as in getpwuid(3).
    if (uid) names.emplace(*uid, line.substr(0, first));
  }
  return names;
}

Result<uint32_t> find_uid(const std::string& account, const Names& names) {
  uint32_t uid = 0;
  const char* const end = account.data() + account.size();
  if (const auto [stop, error] = std::from_chars(account.data(), end, uid);
      error == std::errc() && stop == end) {
    return uid;
  }
  for (const auto& [known, name] : names) {
    if (name == account) return known;
  }
  return not_found("there is no account " + account + " in /etc/passwd");
}

Result<Host> read_host(const std::string& name_override, const std::string& machine_id_file) {
  utsname names{};
  if (uname(&names) != 0) return from_errno(errno, "uname");
  Host host;
  host.name = name_override.empty() ? names.nodename : name_override;
  host.kernel = names.release;
  PosixFiles files;
  ASSIGN_OR_RETURN(host.boot_id, read_id(files, "/proc/sys/kernel/random/boot_id"));
  const auto boot_line = read_file(files, "/proc/cmdline", kSmallFileMax);
  host.audits_from_boot = boot_line.is_ok() && audits_from_boot(*boot_line);
  const auto machine_id = read_id(files, machine_id_file);
  if (!machine_id.is_ok()) {
    return machine_id.status().with_context(
        "this host has no machine id (make one with systemd-machine-id-setup or dbus-uuidgen "
        "--ensure=/etc/machine-id, or name another machine_id_file)");
  }
  host.machine_id = *machine_id;
  return host;
}

}  // namespace spoor::agent
