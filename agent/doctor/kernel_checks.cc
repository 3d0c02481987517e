#include <spdlog/fmt/fmt.h>

#include <charconv>

#include "agent/doctor/boot_line.h"
#include "agent/doctor/checks.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

// The kernel's default is a minute (60 * HZ); HZ is 100 to 1000, and not told to programs. What is
// below 10 s at any HZ passes.
constexpr uint32_t kWaitTicksMax = 1'000;
constexpr uint32_t kBootBacklogLimit = 64;  // the kernel's own

std::string how_to_boot(const HostFacts& facts) {
  if (!facts.boot_configured_in.empty()) {
    return "configured in " + facts.boot_configured_in +
           "; takes effect with the next boot, once update-grub (grub2-mkconfig, kernel-install) "
           "was run";
  }
  return "add `audit=1 audit_backlog_limit=8192` to the kernel's command line (GRUB_CMDLINE_LINUX "
         "in /etc/default/grub, then update-grub or grub2-mkconfig), and boot";
}

// Where a setting is made: in a rule file, or by the key of agent.yml.
std::string made_by(const std::optional<RuleSetting>& in_file, const char* option,
                    const char* key) {
  return in_file ? std::string(option) + " at " + in_file->source
                 : std::string(key) + " of agent.yml";
}

// The kernel has a setting otherwise than `made_by` says, which comes about with the seat.
Finding not_as_configured(const HostFacts& facts, const char* name, const std::string& what,
                          const std::string& made_by) {
  if (facts.audit->enabled == kEnabledLocked) {
    return {Level::risk, name, what,
            "configured: " + made_by + "; takes effect with the next boot, where spoor-agent runs "
            "before audit is locked"};
  }
  if (agent_has_seat(facts)) {
    return {Level::risk, name, what,
            "configured: " + made_by + "; somebody sets it otherwise, and after three repairs in "
            "ten minutes spoor-agent leaves it: find out who (/etc/audit/rules.d), then reload "
            "spoor-agent"};
  }
  if (other_has_seat(facts)) {
    return {Level::risk, name, what,
            "configured: " + made_by + "; takes effect when spoor-agent has the seat. Until then "
            "it is the other daemon's to set (/etc/audit/rules.d)"};
  }
  return {Level::ok, name, what + "; " + made_by + " takes effect when spoor-agent starts", ""};
}

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
  if (facts.boot_line && boot_audit(*facts.boot_line) == BootAudit::off) {
    return {Level::missing, name, "audit=0: the kernel was booted with audit switched off for good",
            how_to_boot(facts)};
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
  if (boot_audit(*facts.boot_line) != BootAudit::on) {
    return {Level::missing, name,
            "no audit=1 at boot: nothing is recorded before the agent starts, and the kernel keeps "
            "nothing for it then", how_to_boot(facts)};
  }
  const uint32_t records = boot_backlog_limit(*facts.boot_line).value_or(kBootBacklogLimit);
  if (records != 0 && records < facts.wanted.backlog_limit) {
    return {Level::risk, name,
            fmt::format("audit=1, but the kernel keeps only {} records until the agent starts",
                        records),
            fmt::format("audit_backlog_limit={} beside it on the kernel's command line",
                        facts.wanted.backlog_limit)};
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
  if (boot_audit(*facts.boot_line) == BootAudit::on) {
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
  if (facts.audit->enabled != kEnabledLocked) {
    return {Level::ok, name, "rules and settings can be changed", ""};
  }
  if (!facts.rules) return {Level::unknown, name, facts.rules.why(), "run this as root"};
  const size_t ours = facts.rules->ours;
  if (ours > 0 && facts.rules->not_loaded.empty()) {
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
  std::string hiding;
  for (const HidingRule& rule : facts.rules->hiding) {
    if (rule.everything) {
      return {Level::missing, name,
              "the rule `" + rule.rule + "` is loaded: no program that starts is audited",
              "auditctl -d never,task; and take the line out of /etc/audit/rules.d (augenrules "
              "--load), where the distribution put it"};
    }
    hiding += "\n" + rule.rule + " hides " + rule.hides;
  }
  if (!hiding.empty()) {
    return {Level::missing, name, "rules of others take records away:" + hiding,
            "take them out of /etc/audit/rules.d, or wherever they come from; what is not to be "
            "recorded is better said by a rule in /etc/spoor/audit.d"};
  }
  return {Level::ok, name, "no rule of others takes records away from ours", ""};
}

Finding check_backlog(const HostFacts& facts) {
  const char* name = "backlog";
  if (!facts.audit) return {Level::unknown, name, facts.audit.why(), "run this as root"};
  const uint32_t limit = facts.audit->backlog_limit;
  const bool enough = limit == 0 || limit >= facts.wanted.backlog_limit;
  if (facts.audit->lost > 0) {
    return {Level::risk, name,
            fmt::format("the kernel has lost {} records since it was booted (or its counter was "
                        "set to 0); its limit is {} now", facts.audit->lost, limit),
            "spoor trail shows each loss in its place; a larger kernel.backlog_limit helps against "
            "bursts"};
  }
  if (enough) return {Level::ok, name, fmt::format("the kernel queues {} records",
                                                   limit == 0 ? "all" : std::to_string(limit)), ""};
  return not_as_configured(
      facts, name, fmt::format("the kernel queues {} records only, not {}: a burst loses the rest",
                               limit, facts.wanted.backlog_limit),
      made_by(facts.rule_settings.backlog_limit, "-b", "kernel.backlog_limit"));
}

Finding check_backlog_wait(const HostFacts& facts) {
  const char* name = "backlog-wait";
  if (!facts.audit) return {Level::unknown, name, facts.audit.why(), "run this as root"};
  const uint32_t ticks = facts.audit->backlog_wait_time;
  if (ticks <= kWaitTicksMax) {
    return {Level::ok, name, fmt::format("a full queue holds programs up for {} ticks at most",
                                         ticks), ""};
  }
  const std::string what =
      fmt::format("a full queue holds each audited program up for up to {} ticks of the kernel's "
                  "clock (a minute by default): a reader that hangs freezes this host", ticks);
  const std::string made = made_by(facts.rule_settings.backlog_wait_time, "--backlog_wait_time",
                                   "kernel.backlog_wait_time_ms");
  if (facts.wanted.backlog_wait_ms > kBacklogWaitWarnNs / kNsPerMs) {
    return {Level::risk, name, what, "configured so: " + made + "; 20 ms are its default"};
  }
  return not_as_configured(facts, name, what, made);
}

Finding check_failure(const HostFacts& facts) {
  const char* name = "failure";
  if (!facts.audit) return {Level::unknown, name, facts.audit.why(), "run this as root"};
  if (facts.audit->failure != kFailurePanic) {
    return {Level::ok, name, "a lost record does not stop this host", ""};
  }
  const std::string what = "-f 2: the first record that is lost stops this host (panic)";
  const std::string made = made_by(facts.rule_settings.failure, "-f", "kernel.failure");
  if (!facts.wanted.failure) {
    return {Level::risk, name, what,
            "kernel.failure: printk in agent.yml, unless a panic is what you want; it comes from "
            "-f in /etc/audit/rules.d"};
  }
  if (*facts.wanted.failure == kFailurePanic) {
    return {Level::risk, name, what, "configured so: " + made + "; printk there says it, too"};
  }
  return not_as_configured(facts, name, what, made);
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
