#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "agent/doctor/checks.h"
#include "agent/source/witness.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kGroupOrOtherWrites = 0022;
constexpr size_t kProblemsShown = 3;

std::string bytes_text(uint64_t bytes) {
  const uint64_t mebibyte = 1u << 20;
  return bytes >= 10 * 1024 * mebibyte ? fmt::format("{} GiB", bytes / (1024 * mebibyte))
                                       : fmt::format("{} MiB", bytes / mebibyte);
}

// The first lines of many, each on its own.
std::string first_of(const std::vector<std::string>& lines) {
  std::string text;
  for (size_t i = 0; i < std::min(kProblemsShown, lines.size()); ++i) text += "\n" + lines[i];
  return lines.size() > kProblemsShown ? text + "\n(and more)" : text;
}

std::string number_of(size_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

Finding check_rules(const HostFacts& facts) {
  const char* name = "rules";
  if (!facts.rule_problems.empty()) {
    return {Level::missing, name,
            fmt::format("the agent does not start with these rules, {}:{}",
                        number_of(facts.rule_problems.size(), "problem"),
                        first_of(facts.rule_problems)),
            "mend them (spoor-agent check-rules); the folders are rules.folders of agent.yml"};
  }
  if (facts.rules_wanted == 0) {
    return {Level::missing, name, "there are no audit rules: only logins would be recorded",
            "rules.folders in agent.yml; the package's are in /usr/share/spoor/rules/audit"};
  }
  if (agent_has_seat(facts) && facts.rules && !facts.rules->not_loaded.empty()) {
    return {Level::missing, name,
            fmt::format("{} of {} not in the kernel, though what they watch is there:{}",
                        facts.rules->not_loaded.size(),
                        number_of(facts.rules_wanted, "audit rule"),
                        first_of(facts.rules->not_loaded)),
            "the agent's user must be able to walk there: for /root, setfacl -m u:spoor-agent:x "
            "/root. Else the agent's log says why"};
  }
  if (!facts.rule_warnings.empty()) {
    return {Level::risk, name,
            number_of(facts.rules_wanted, "audit rule") + ", and what files say beside them:" +
                first_of(facts.rule_warnings),
            "see whether you want that (spoor-agent check-rules has all)"};
  }
  return {Level::ok, name, number_of(facts.rules_wanted, "audit rule"), ""};
}

Finding check_capabilities(const HostFacts& facts) {
  const char* name = "capabilities";
  if (!facts.capabilities) {
    return {Level::unknown, name, facts.capabilities.why(), "run this as root"};
  }
  const Capabilities& found = *facts.capabilities;
  if (found.missing.empty() && found.no_witness) {
    return {Level::risk, name, found.whose + ", has no witness process: " + kWithoutWitness,
            "systemctl restart spoor-agent"};
  }
  if (found.missing.empty()) return {Level::ok, name, "all that it needs, by " + found.whose, ""};
  std::string names;
  for (const std::string& one : found.missing) names += (names.empty() ? "" : ", ") + one;
  return {Level::missing, name, fmt::format("{} lacks {}", found.whose, names),
          "AmbientCapabilities= and CapabilityBoundingSet= of the unit (man spoor-agent); in a "
          "container: --cap-add"};
}

Finding check_landlock(const HostFacts& facts) {
  const char* name = "landlock";
  if (!facts.landlock) return {Level::unknown, name, facts.landlock.why(), "look at dmesg"};
  if (*facts.landlock > 0) {
    return {Level::ok, name, fmt::format("version {}", *facts.landlock), ""};
  }
  return {Level::missing, name, "the kernel has no Landlock: the agent does not run without its "
          "sandbox", "boot with lsm=landlock,… (CONFIG_SECURITY_LANDLOCK, kernel 5.13)"};
}

Finding check_accounts(const HostFacts& facts) {
  const char* name = "accounts";
  if (!facts.agent_account || !facts.commit_account) {
    return {Level::unknown, name, facts.agent_account.why(), "look at /etc/passwd"};
  }
  std::string lacking;
  if (!*facts.agent_account) lacking = "spoor-agent";
  if (!*facts.commit_account) {
    lacking += (lacking.empty() ? "" : ", ") + facts.commit_user + " (commit.user)";
  }
  if (lacking.empty()) return {Level::ok, name, "of agent and uplink are there", ""};
  return {Level::missing, name, "there is no account " + lacking + ": the agent does not start",
          "useradd --system --user-group --no-create-home NAME (docs/INSTALL.md)"};
}

Finding check_spool(const HostFacts& facts) {
  const char* name = "spool";
  if (!facts.spool) return {Level::unknown, name, facts.spool.why(), "run this as root"};
  const std::string& path = facts.spool_folder;
  if (!facts.spool->exists) {
    return {Level::missing, name, path + " is not there: the agent does not start",
            "install -d -o spoor-agent -g spoor-agent -m 0750 " + path};
  }
  if (facts.spool->mode & kGroupOrOtherWrites || facts.spool->uid == 0) {
    return {Level::missing, name,
            fmt::format("{} belongs to uid {} with mode {:04o}: it must be the agent's, and nobody "
                        "else may write there", path, facts.spool->uid, facts.spool->mode),
            "chown spoor-agent: " + path + "; chmod 0750 " + path};
  }
  if (facts.spool->in_memory) {
    return {Level::missing, name, path + " lies in memory (tmpfs): a boot forgets what was not "
            "shipped", "set spool.folder to a disk"};
  }
  if (facts.spool->free_bytes < facts.spool_bytes_max) {
    return {Level::risk, name,
            fmt::format("{} has {} free, spool.bytes_max is {}: a full disk loses what an "
                        "unreachable collector leaves there", path,
                        bytes_text(facts.spool->free_bytes), bytes_text(facts.spool_bytes_max)),
            "make room, or lower spool.bytes_max"};
  }
  return {Level::ok, name, path + ", " + bytes_text(facts.spool->free_bytes) + " free", ""};
}

Finding check_state(const HostFacts& facts) {
  const char* name = "state";
  if (!facts.state) return {Level::unknown, name, facts.state.why(), "run this as root"};
  const std::string& path = facts.state_folder;
  if (!facts.state->exists) {
    return {Level::risk, name, path + " is not there, and the agent may not be able to make it",
            "RuntimeDirectory=spoor-agent in the unit, or install -d -o spoor-agent -m 0750 " +
            path};
  }
  if (facts.state->mode & kGroupOrOtherWrites) {
    return {Level::missing, name, path + " can be written by others than the agent",
            "chmod 0750 " + path};
  }
  if (!facts.state->in_memory) {
    return {Level::risk, name, path + " lies on a disk: what it holds is good for this boot only, "
            "and written often", "set state.folder to one below /run"};
  }
  return {Level::ok, name, path + ", in memory", ""};
}

Finding check_machine_id(const HostFacts& facts) {
  const char* name = "machine-id";
  if (!facts.machine_id) return {Level::unknown, name, facts.machine_id.why(), "run this as root"};
  const std::string& id = *facts.machine_id;
  const bool good = id.size() == 32 &&
                    id.find_first_not_of("0123456789abcdefABCDEF") == id.npos &&
                    id.find_first_not_of('0') != id.npos;
  if (good) return {Level::ok, name, facts.machine_id_file, ""};
  return {Level::missing, name,
          facts.machine_id_file + (id.empty() ? " is missing or empty" : " holds no machine id") +
          ": the agent does not start", "systemd-machine-id-setup (machine-id(5))"};
}

Finding check_clock(const HostFacts& facts) {
  const char* name = "clock";
  if (!facts.clock_synchronised) {
    return {Level::unknown, name, facts.clock_synchronised.why(), "timedatectl"};
  }
  if (*facts.clock_synchronised) return {Level::ok, name, "synchronised", ""};
  return {Level::risk, name, "the clock is not synchronised: times of this host and of others do "
          "not compare", "timedatectl set-ntp true (systemd-timesyncd, chrony)"};
}

}  // namespace spoor::agent
