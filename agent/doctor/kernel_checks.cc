#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <limits>

#include "agent/doctor/checks.h"
#include "agent/doctor/setting_lines.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kLocked = 2;   // AUDIT_LOCKED
constexpr uint32_t kPanic = 2;    // AUDIT_FAIL_PANIC
// The kernel's default is a minute (60 * HZ); HZ is 100 to 1000, and not told to programs. What is
// below 10 s at any HZ passes.
constexpr uint32_t kWaitTicksMax = 1'000;
constexpr const char* kHowToBoot =
    "add `audit=1 audit_backlog_limit=8192` to the kernel's command line (GRUB_CMDLINE_LINUX in "
    "/etc/default/grub, then update-grub or grub2-mkconfig), and boot";

// The last value of a word of the kernel's command line; what stands after `--` is for init.
std::optional<std::string> boot_word(const std::string& line, std::string_view name) {
  std::optional<std::string> value;
  for (const std::string_view word : words_of(line)) {
    if (word == "--") break;
    if (word.starts_with(name) && word.substr(name.size()).starts_with('=')) {
      value = std::string(word.substr(name.size() + 1));
    }
  }
  return value;
}

bool is_off(const std::string& value) { return value == "0" || value == "off"; }
bool is_on(const std::string& value) { return value == "1" || value == "on"; }

struct Version {
  uint32_t major = 0, minor = 0;
  auto operator<=>(const Version&) const = default;
};

std::optional<Version> version_of(const std::string& release) {
  Version version;
  const char* end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc()) return std::nullopt;
  return version;
}

}  // namespace

Finding check_audit(const HostFacts& facts) {
  const char* name = "audit";
  if (facts.boot_line && is_off(boot_word(*facts.boot_line, "audit").value_or(""))) {
    return {Level::missing, name, "audit=0: the kernel was booted with audit switched off for good",
            kHowToBoot};
  }
  if (facts.audit) return {Level::ok, name, "the kernel's audit system answers", ""};
  return {Level::unknown, name, facts.audit.why(),
          "run this as root (it needs CAP_AUDIT_CONTROL) in the host's own namespaces; if it still "
          "fails, the kernel lacks CONFIG_AUDIT and CONFIG_AUDITSYSCALL"};
}

Finding check_boot_line(const HostFacts& facts) {
  const char* name = "boot-line";
  if (!facts.boot_line)
    return {Level::unknown, name, facts.boot_line.why(), "look at /proc/cmdline"};
  if (!is_on(boot_word(*facts.boot_line, "audit").value_or(""))) {
    return {Level::missing, name,
            "no audit=1 at boot: nothing is recorded before the agent starts, and the kernel keeps "
            "nothing for it then", kHowToBoot};
  }
  const std::string limit = boot_word(*facts.boot_line, "audit_backlog_limit").value_or("64");
  uint32_t records = 0;
  std::from_chars(limit.data(), limit.data() + limit.size(), records);
  if (records != 0 && records < facts.backlog_wanted) {
    return {Level::risk, name,
            fmt::format("audit=1, but the kernel keeps only {} records until the agent starts",
                        records), kHowToBoot};
  }
  return {Level::ok, name, fmt::format("audit=1, {} records are kept until the agent starts",
                                       records == 0 ? "all" : std::to_string(records)), ""};
}

Finding check_old_processes(const HostFacts& facts) {
  const char* name = "old-processes";
  if (!facts.boot_line || !facts.audit || !facts.processes) {
    return {Level::unknown, name, "cannot tell whether processes are older than audit",
            "run this as root"};
  }
  if (is_on(boot_word(*facts.boot_line, "audit").value_or(""))) {
    return {Level::ok, name, "audit was on before the first process", ""};
  }
  const std::string count =
      fmt::format("{} processes of login sessions and {} others",
                  facts.processes->with_login, facts.processes->without);
  // audit_alloc(), kernel/auditsc.c: a task born before audit was ever on has no context.
  if (facts.audit->enabled == 0) {
    return {Level::missing, name,
            "audit is off now: unless it was on before, what these processes do themselves will "
            "never be recorded, only what they start: " + count,
            "audit=1 at boot; until then start services anew once the agent runs, and log in anew"};
  }
  return {Level::risk, name,
          "audit was switched on after boot: what processes do that are older than that is not "
          "recorded, only what they start",
          "audit=1 at boot; until then start services anew, and log in anew"};
}

Finding check_lock(const HostFacts& facts) {
  const char* name = "audit-lock";
  if (!facts.audit) return {Level::unknown, name, facts.audit.why(), "run this as root"};
  if (facts.audit->enabled != kLocked) {
    return {Level::ok, name, "rules and settings can be changed", ""};
  }
  if (!facts.rules) return {Level::unknown, name, facts.rules.why(), "run this as root"};
  size_t ours = 0;
  for (const RuleFacts& rule : *facts.rules) ours += rule.ours ? 1 : 0;
  if (ours >= facts.rules_wanted && ours > 0) {
    return {Level::ok, name, fmt::format("locked until the next boot, with {} rules of ours", ours),
            ""};
  }
  return {Level::missing, name,
          fmt::format("audit is locked until the next boot (auditctl -e 2) with {} of our {} rules",
                      ours, facts.rules_wanted),
          "boot, with the agent started before the rules are locked; let its own rules end with "
          "-e 2 instead of another program's"};
}

Finding check_never_rules(const HostFacts& facts) {
  const char* name = "never-rules";
  if (!facts.rules) return {Level::unknown, name, facts.rules.why(), "run this as root"};
  std::string hiding, before;
  bool ours_seen = false;
  for (const RuleFacts& rule : *facts.rules) {
    if (rule.list == "exit" && rule.ours) ours_seen = true;
    if (rule.list == "task" && rule.never && rule.conditions == 0) {
      return {Level::missing, name,
              "the rule `-a never,task` is loaded: no program that starts is audited",
              "auditctl -d never,task; and take the line out of /etc/audit/rules.d (augenrules "
              "--load), where the distribution put it"};
    }
    // What an exclude rule names is not recorded, whatever its action is called.
    if (rule.list == "exclude" || (rule.list == "task" && rule.never)) hiding += "\n" + rule.text;
    if (rule.list == "exit" && rule.never && !ours_seen && !rule.ours) before += "\n" + rule.text;
  }
  if (!hiding.empty()) {
    return {Level::missing, name, "rules of others take records away:" + hiding,
            "see whether you want them: auditctl -l; /etc/audit/rules.d"};
  }
  if (!before.empty()) {
    return {Level::risk, name, "rules of others come before ours and take away what they match:" +
            before, "see whether you want them: auditctl -l; /etc/audit/rules.d"};
  }
  return {Level::ok, name, "no rule takes records away from ours", ""};
}

Finding check_backlog(const HostFacts& facts) {
  const char* name = "backlog";
  if (!facts.audit) return {Level::unknown, name, facts.audit.why(), "run this as root"};
  const uint32_t limit = facts.audit->backlog_limit;
  const bool enough = limit == 0 || limit >= facts.backlog_wanted;
  if (facts.audit->lost > 0) {
    return {Level::risk, name,
            fmt::format("the kernel has lost {} records since it was booted (or its counter was "
                        "set to 0); its limit is {} now", facts.audit->lost, limit),
            "spoor trail shows each loss in its place; a larger kernel.backlog_limit helps against "
            "bursts"};
  }
  if (enough) return {Level::ok, name, fmt::format("the kernel queues {} records",
                                                   limit == 0 ? "all" : std::to_string(limit)), ""};
  const bool ours = facts.seat_holder && facts.seat_holder->comm == "spoor-agent";
  if (!ours && facts.audit->enabled != kLocked) {
    return {Level::ok, name,
            fmt::format("the kernel queues {} records; the agent raises that to {}", limit,
                        facts.backlog_wanted),
            ""};
  }
  return {Level::risk, name,
          fmt::format("the kernel queues {} records only, not the {} of kernel.backlog_limit: a "
                      "burst loses the rest", limit, facts.backlog_wanted),
          fmt::format("auditctl -b {}, and find out who lowered it: -b in /etc/audit/rules.d",
                      facts.backlog_wanted)};
}

Finding check_backlog_wait(const HostFacts& facts) {
  const char* name = "backlog-wait";
  if (!facts.audit) return {Level::unknown, name, facts.audit.why(), "run this as root"};
  const uint32_t ticks = facts.audit->backlog_wait_time;
  if (ticks <= kWaitTicksMax) {
    return {Level::ok, name, fmt::format("a full queue holds programs up for {} ticks at most",
                                         ticks), ""};
  }
  return {Level::risk, name,
          fmt::format("a full queue holds each audited program up for up to {} ticks of the "
                      "kernel's clock (a minute by default): a reader that hangs freezes this host",
                      ticks),
          "auditctl --backlog_wait_time 100"};
}

Finding check_failure(const HostFacts& facts) {
  const char* name = "failure";
  if (!facts.audit) return {Level::unknown, name, facts.audit.why(), "run this as root"};
  if (facts.audit->failure == kPanic) {
    return {Level::risk, name, "-f 2: the first record that is lost stops this host (panic)",
            "auditctl -f 1, unless that is what you want; -f in /etc/audit/rules.d"};
  }
  return {Level::ok, name, "a lost record does not stop this host", ""};
}

Finding check_kernel_version(const HostFacts& facts) {
  const char* name = "kernel";
  const auto version = version_of(facts.kernel);
  if (!version) return {Level::unknown, name, "cannot read the version " + facts.kernel, ""};
  struct Need {
    Version since;
    Level level;
    const char* what;
  };
  // Worst first: the first that is not met is said.
  constexpr Need kNeeds[] = {
      {{3, 16}, Level::missing, "the multicast of records, for listening beside another daemon"},
      {{5, 13}, Level::missing, "Landlock, without which the agent does not run"},
      {{5, 9}, Level::risk, "the count of time that programs waited for the audit queue"},
      {{5, 16}, Level::risk, "records of what io_uring does past system calls"},
  };
  for (const Need& need : kNeeds) {
    if (*version >= need.since) continue;
    return {need.level, name,
            fmt::format("kernel {} lacks {}: that came with {}.{}", facts.kernel, need.what,
                        need.since.major, need.since.minor),
            "boot a newer kernel"};
  }
  return {Level::ok, name, fmt::format("kernel {} has all that is used", facts.kernel), ""};
}

Finding check_connector(const HostFacts& facts) {
  const char* name = "connector";
  if (!facts.connector) return {Level::unknown, name, facts.connector.why(), "run this as root"};
  if (*facts.connector) return {Level::ok, name, "the kernel tells of births and ends", ""};
  return {Level::missing, name,
          "the kernel's process connector does not answer: no ends of programs, no exit codes, and "
          "the agent does not start",
          "run the agent in the host's own network namespace, on a kernel with CONFIG_PROC_EVENTS"};
}

Finding check_namespaces(const HostFacts& facts) {
  const char* name = "namespaces";
  if (!facts.namespaces) return {Level::unknown, name, facts.namespaces.why(), "run this as root"};
  std::string inside;
  const auto add = [&](bool first, const char* kind) {
    if (!first) inside += (inside.empty() ? "" : ", ") + std::string(kind);
  };
  add(facts.namespaces->pid, "pid");
  add(facts.namespaces->user, "user");
  add(facts.namespaces->net, "network");
  if (inside.empty()) return {Level::ok, name, "the host's own pid, user and network", ""};
  return {Level::missing, name,
          "this is a namespace of its own (" + inside + "), a container perhaps: the kernel's "
          "audit system speaks to the host alone",
          "run the agent on the host itself; in a container only with its pid, user and network "
          "namespaces (docker run --pid=host --userns=host --network=host)"};
}

}  // namespace spoor::agent
