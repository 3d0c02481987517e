#include "agent/doctor/survey.h"

#include <cap-ng.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "agent/doctor/additions.h"
#include "agent/doctor/boot_line.h"
#include "agent/doctor/netlink_table.h"
#include "agent/doctor/pam_stack.h"
#include "agent/doctor/setting_lines.h"
#include "agent/rule_settings.h"
#include "agent/source/rule_data.h"

namespace spoor::agent {
namespace {

constexpr size_t kFileBytesMax = 1u << 20;
constexpr const char* kAccount = "spoor-agent";
// The last two are the witness's: the agent that runs has given them up.
constexpr std::array<unsigned, 5> kNeeded = {CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_NET_ADMIN,
                                             CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH};
constexpr size_t kNeededRunning = 3;
constexpr const char* kWitness = "spoor-witness";
// systemd.unit(5), strongest first; and whose additions are the unit's, the closest first.
constexpr const char* kUnitFolders[] = {"/etc/systemd/system/", "/run/systemd/system/",
                                        "/usr/local/lib/systemd/system/",
                                        "/usr/lib/systemd/system/", "/lib/systemd/system/"};
constexpr const char* kUnit = "spoor-agent.service";
constexpr const char* kUnitAdditions[] = {"spoor-agent.service.d", "spoor-.service.d", "service.d"};
// What the boot loader's configuration is made of: GRUB's, and kernel-install(8)'s.
constexpr const char* kBootFiles[] = {"/etc/default/grub", "/etc/kernel/cmdline"};
constexpr const char* kBootFolder = "/etc/default/grub.d";

class Surveyor {
 public:
  Surveyor(Files& files, HostCalls& calls, const Config& config)
      : files_(files), calls_(calls), config_(config) {}

  HostFacts look() {
    HostFacts facts;
    facts.host = config_.host.empty() ? calls_.host_name() : config_.host;
    facts.kernel = calls_.kernel_release();
    facts.uid = calls_.uid();
    facts.boot_line = text("/proc/cmdline");
    facts.boot_configured_in = boot_configured_in();
    const RuleSet wanted = wanted_rules(config_);
    kernel(facts, wanted);
    others(facts);
    place(facts);
    configured(facts, wanted);
    return facts;
  }

 private:
  void kernel(HostFacts& facts, const RuleSet& wanted) {
    facts.audit = Known<AuditStatus>::from(calls_.audit_status());
    facts.features = Known<LoginUidFeatures>::from(calls_.login_uid_features());
    facts.rules = rules(wanted);
    facts.namespaces = Known<Namespaces>::from(calls_.namespaces());
    facts.connector = Known<bool>::from(calls_.connector_answers());
    facts.landlock = Known<int>::from(calls_.landlock_version());
    facts.clock_synchronised = Known<bool>::from(calls_.clock_synchronised());
    RunningProcesses running;
    for (const ProcessFound& process : calls_.processes()) {
      ++(process.auid == kUnsetId ? running.without : running.with_login);
    }
    facts.processes = running;
  }

  void others(HostFacts& facts) {
    facts.seat_holder =
        facts.audit ? Known<Program>(program(facts.audit->pid))
                    : Known<Program>::unknown(facts.audit.why());
    facts.auditd = auditd();
    facts.listeners = listeners();
    facts.journald = Known<JournaldAudit>::from(read_journald_audit(files_, calls_));
    facts.journald_socket_masked =
        calls_.is_null_device("/etc/systemd/system/systemd-journald-audit.socket");
    facts.pam = Known<std::vector<PamService>>::from(read_pam_services(files_));
    facts.capabilities = capabilities(facts);
  }

  void place(HostFacts& facts) {
    facts.spool = Known<Folder>::from(calls_.folder(config_.spool_folder));
    facts.state = Known<Folder>::from(calls_.folder(config_.state_folder));
    const auto id = read_file(files_, config_.machine_id_file, kFileBytesMax);
    // One that is not there is a fact.
    facts.machine_id = id.is_ok() ? Known<std::string>(id->substr(0, id->find('\n')))
                       : id.code() == Code::not_found
                           ? Known<std::string>(std::string())
                           : Known<std::string>::unknown(id.status().message());
    const auto passwd = read_file(files_, "/etc/passwd", kFileBytesMax);
    if (!passwd.is_ok()) {
      facts.agent_account = facts.commit_account =
          Known<bool>::unknown(passwd.status().message());
      return;
    }
    facts.agent_account = has_account(*passwd, kAccount);
    facts.commit_account = has_account(*passwd, config_.commit_user);
  }

  void configured(HostFacts& facts, const RuleSet& wanted) {
    facts.spool_folder = config_.spool_folder;
    facts.state_folder = config_.state_folder;
    facts.machine_id_file = config_.machine_id_file;
    facts.commit_user = config_.commit_user;
    facts.spool_bytes_max = config_.spool_bytes_max;
    facts.wanted = config_.kernel;
    adopt_settings(wanted.settings, facts.wanted);
    facts.rule_settings = wanted.settings;
    facts.rule_problems = wanted.problems;
    facts.rule_warnings = wanted.warnings;
    facts.rules_wanted = wanted.rules.size();
  }

  // What others hide is judged with ours where they are, or where they would be.
  Known<KernelRules> rules(const RuleSet& wanted) {
    auto there = calls_.audit_rules();
    if (!there.is_ok()) return Known<KernelRules>::unknown(there.status().message());
    KernelRules found;
    for (const AuditRule& rule : *there) found.ours += is_our_rule(rule) ? 1 : 0;
    std::vector<AuditRule> before, behind;
    for (const AuditRule& rule : wanted.rules) {
      const bool loaded = std::any_of(there->begin(), there->end(), [&](const AuditRule& one) {
        return same_rule(one, rule);
      });
      if (loaded) continue;
      if (place_of(rule) == RuleKernel::Place::there) found.not_loaded.push_back(rule.source);
      (is_prepended(*rule.data) ? before : behind).push_back(copy_of(rule));
    }
    for (AuditRule& rule : *there) before.push_back(std::move(rule));
    for (AuditRule& rule : behind) before.push_back(std::move(rule));
    found.hiding = find_hiding_rules(before);
    std::erase_if(found.hiding, [](const HidingRule& rule) { return rule.ours; });
    return found;
  }

  Known<std::string> text(const std::string& path) {
    return Known<std::string>::from(read_file(files_, path, kFileBytesMax));
  }

  Program program(uint32_t pid) {
    if (pid == 0) return {};
    const std::string folder = "/proc/" + std::to_string(pid);
    Program found{pid, {}, calls_.link_target(folder + "/exe").is_ok()
                               ? *calls_.link_target(folder + "/exe") : ""};
    const auto comm = read_file(files_, folder + "/comm", kFileBytesMax);
    if (comm.is_ok()) found.comm = comm->substr(0, comm->find('\n'));
    return found;
  }

  static bool has_account(const std::string& passwd, const std::string& account) {
    if (!account.empty() && account.find_first_not_of("0123456789") == account.npos) return true;
    const auto lines = lines_of(passwd);
    return std::any_of(lines.begin(), lines.end(), [&](std::string_view line) {
      return line.starts_with(account + ":");
    });
  }

  Known<AuditdActions> auditd() {
    const auto conf = read_file(files_, "/etc/audit/auditd.conf", kFileBytesMax);
    if (conf.code() == Code::not_found) return AuditdActions{};
    if (!conf.is_ok()) return Known<AuditdActions>::unknown(conf.status().message());
    const auto action = [&](const char* name) {
      return lower_case(setting(*conf, name, '=').value_or(""));
    };
    return AuditdActions{action("space_left_action"), action("admin_space_left_action"),
                         action("disk_full_action"), action("disk_error_action"),
                         action("max_log_file_action")};
  }

  Known<std::vector<Program>> listeners() {
    const auto table = text("/proc/net/netlink");
    if (!table) return Known<std::vector<Program>>::unknown(table.why());
    std::vector<Program> programs;
    for (const AuditListener& listener : audit_listeners(*table)) {
      programs.push_back(program(listener.port_id));
    }
    return programs;
  }

  // Where the next boot gets audit=1 from, by name; empty: nowhere that is known.
  std::string boot_configured_in() {
    std::vector<std::string> paths(std::begin(kBootFiles), std::end(kBootFiles));
    const auto names = files_.list(kBootFolder);
    for (const std::string& name : names.is_ok() ? *names : std::vector<std::string>()) {
      if (name.ends_with(".cfg")) paths.push_back(std::string(kBootFolder) + "/" + name);
    }
    for (const std::string& path : paths) {
      const auto file = read_file(files_, path, kFileBytesMax);
      if (!file.is_ok()) continue;
      for (const std::string_view line : lines_of(*file)) {
        // NAME="words", or the words alone
        std::string words(line.substr(0, line.find('#')));
        const size_t quote = words.find_first_of("\"'");
        if (quote != words.npos) words.erase(0, quote);
        std::erase_if(words, [](char c) { return c == '"' || c == '\''; });
        if (boot_audit(words) == BootAudit::on) return path;
      }
    }
    return {};
  }

  // Of the agent that runs; else of the unit that would start it; else our own.
  Known<Capabilities> capabilities(const HostFacts& facts) {
    if (facts.seat_holder && facts.seat_holder->comm == kAccount) {
      const std::string pid = std::to_string(facts.seat_holder->pid);
      auto found = of_process("/proc/" + pid + "/status", "CapPrm",
                              "the agent that runs, pid " + pid, kNeededRunning);
      if (!found) return found;
      Capabilities with = *found;
      with.no_witness = !has_witness("/proc/" + pid + "/task/" + pid + "/children");
      return with;
    }
    for (const char* folder : kUnitFolders) {
      const std::string path = std::string(folder) + kUnit;
      auto unit = read_file(files_, path, kFileBytesMax);
      if (unit.is_ok()) return of_unit({path, std::move(unit).value()});
    }
    // Root may give them to the agent, as far as its own bounding set goes.
    if (facts.uid == 0) return of_process("/proc/self/status", "CapBnd", "root here");
    return of_process("/proc/self/status", "CapPrm", "the user " + std::to_string(facts.uid));
  }

  // A kernel that does not list children (CONFIG_PROC_CHILDREN) says nothing against it.
  bool has_witness(const std::string& children) {
    const auto pids = read_file(files_, children, kFileBytesMax);
    if (!pids.is_ok()) return true;
    const std::vector<std::string_view> words = words_of(*pids);
    return std::any_of(words.begin(), words.end(), [&](std::string_view pid) {
      const auto comm = read_file(files_, "/proc/" + std::string(pid) + "/comm", kFileBytesMax);
      return comm.is_ok() && *comm == std::string(kWitness) + "\n";
    });
  }

  Known<Capabilities> of_process(const std::string& path, const char* set, std::string whose,
                                 size_t needed = kNeeded.size()) {
    const auto status = read_file(files_, path, kFileBytesMax);
    if (!status.is_ok()) return Known<Capabilities>::unknown(status.status().message());
    const std::string hex = setting(*status, set, ':').value_or("");
    uint64_t mask = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), mask, 16);
    if (hex.empty() || error != std::errc() || end != hex.data() + hex.size()) {
      return Known<Capabilities>::unknown(path + " has no " + set);
    }
    return missing_of([&](unsigned bit, const std::string&) { return (mask >> bit & 1) != 0; },
                      std::move(whose), needed);
  }

  Known<Capabilities> of_unit(SettingsFile unit) {
    std::vector<std::string> folders;
    for (const std::string name : kUnitAdditions) {
      for (const char* folder : kUnitFolders) folders.push_back(folder + name);
    }
    auto files = read_additions(files_, calls_, folders);
    if (!files.is_ok()) return Known<Capabilities>::unknown(files.status().message());
    std::string whose = unit.path;
    files->insert(files->begin(), std::move(unit));
    std::vector<std::string> given;
    for (const SettingsFile& file : *files) {
      for (const std::string& line : settings(file.text, "AmbientCapabilities", '=')) {
        if (line.empty()) given.clear();  // an empty one takes back what came before
        for (const std::string_view word : words_of(line)) given.push_back(lower_case(word));
        whose = file.path;
      }
    }
    return missing_of(
        [&](unsigned, const std::string& name) {
          return std::find(given.begin(), given.end(), name) != given.end();
        },
        std::move(whose), kNeeded.size());
  }

  // Of the first ones that are needed.
  template <typename Has>
  static Capabilities missing_of(const Has& has, std::string whose, size_t needed) {
    Capabilities found{{}, std::move(whose)};
    for (const unsigned capability : std::span(kNeeded).first(needed)) {
      const std::string name = std::string("cap_") + capng_capability_to_name(capability);
      if (!has(capability, name)) found.missing.push_back(name);
    }
    return found;
  }

  Files& files_;
  HostCalls& calls_;
  const Config& config_;
};

}  // namespace

HostFacts survey(Files& files, HostCalls& calls, const Config& config) {
  return Surveyor(files, calls, config).look();
}

}  // namespace spoor::agent
