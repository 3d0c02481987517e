#include "agent/config.h"

#include <array>

#include "agent/limits.h"
#include "common/config.h"
#include "common/files.h"

namespace spoor::agent {
namespace {

constexpr size_t kConfigBytesMax = 1u << 20;
constexpr int64_t kUidMax = 0xFFFFFFFE;
// A longer wait freezes programs, which is what the setting is to prevent; the kernel takes 600 s.
constexpr int64_t kBacklogWaitMsMax = 10'000;
// kernel.failure: as found, then AUDIT_FAIL_SILENT, _PRINTK and _PANIC by number.
constexpr std::array<const char*, 4> kFailureModes = {"keep", "silent", "printk", "panic"};
constexpr const char* kListen = "listen";
constexpr const char* kRefuse = "refuse";

std::string list_of(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const std::string& value : values) text += (text.size() > 1 ? ", " : "") + value;
  return text + "]";
}

void check_logs(const std::vector<std::string>& files, ConfigReader& reader) {
  constexpr const char* kKey = "logs.files";
  if (files.size() >= kLogsMax) {  // one is the journal
    reader.reject(kKey, "expected at most " + std::to_string(kLogsMax - 1) + " files");
  }
  for (const std::string& file : files) {
    // The folder is opened to the agent, since a log is rotated there.
    const bool in_folder = file.starts_with('/') && file.rfind('/') > 0 && !file.ends_with('/');
    if (in_folder && file.size() < kLogFieldBytesMax) continue;
    reader.reject(kKey, "expected the absolute path of a file in a folder, not " + file);
  }
}

// A window over ten seconds is a mistake: what is in it is on no disk.
constexpr int64_t kWindowMsMax = 10'000;

struct FrameSetting {
  std::string name;
  uint32_t& value;
  int64_t most;
};
std::vector<FrameSetting> frame_settings(Config::Frames& f) {
  return {{"access_ms", f.access_ms, kWindowMsMax},
          {"command_ms", f.command_ms, kWindowMsMax},
          {"busy_command_ms", f.busy_command_ms, kWindowMsMax},
          {"busy_command_events", f.busy_command_events, kFrameEventsMax},
          {"other_ms", f.other_ms, kWindowMsMax}};
}

std::string word(bool value) { return value ? "true" : "false"; }

}  // namespace

LoadedConfig load_config(const std::string& path) {
  LoadedConfig loaded;
  Config& c = loaded.config;
  PosixFiles files;
  const auto text = read_file(files, path, kConfigBytesMax);
  if (!text.is_ok()) {
    loaded.problems.push_back(text.status().message());
    return loaded;
  }
  ConfigReader reader = ConfigReader::read(path, *text);
  int64_t only_login_uid = -1, spool_days_max = c.spool_days_max;
  int64_t backlog_limit = c.kernel.backlog_limit, backlog_wait_ms = c.kernel.backlog_wait_ms;
  std::string failure = kFailureModes[0];
  std::string beside_daemon = c.seat.listen_beside ? kListen : kRefuse;
  reader.text("host", c.host);
  reader.absolute_path("machine_id_file", c.machine_id_file);
  reader.one_of("log_level", c.log_level, {"debug", "info", "warning", "error"});
  reader.absolute_path("state.folder", c.state_folder);
  reader.absolute_path("spool.folder", c.spool_folder);
  reader.bytes("spool.bytes_max", c.spool_bytes_max, 64ull << 20, 1ull << 44);
  reader.integer("spool.days_max", spool_days_max, 1, 3650);
  for (const FrameSetting& setting : frame_settings(c.frames)) {
    int64_t value = setting.value;
    reader.integer("frames." + setting.name, value, 1, setting.most);
    setting.value = static_cast<uint32_t>(value);
  }
  reader.absolute_path("trust_file", c.trust_file);
  reader.absolute_path("checkpoint_key", c.checkpoint_key);
  reader.absolute_path("commit.folder", c.commit_folder);
  reader.text("commit.user", c.commit_user);
  reader.text_list("rules.folders", c.rules_folders);
  reader.one_of("rules.profile", c.rules_profile, {"light", "standard", "strict"});
  reader.one_of("rules.unattended", c.rules_unattended, {"off", "containers", "all"});
  reader.integer("rules.only_login_uid", only_login_uid, 0, kUidMax);
  reader.boolean("rules.beside_daemon", c.rules_beside_daemon);
  // A guest has no business in the logs of its host, unless it is told so.
  if (only_login_uid >= 0) c.logs = {"off", {}};
  reader.one_of("logs.journal", c.logs.journal, {"auto", "on", "off"});
  reader.text_list("logs.files", c.logs.files);
  reader.text_list("redact.folders", c.redact_folders);
  reader.integer("kernel.backlog_limit", backlog_limit, 64, 1 << 20);
  reader.integer("kernel.backlog_wait_time_ms", backlog_wait_ms, 0, kBacklogWaitMsMax);
  reader.one_of("kernel.failure", failure, {kFailureModes.begin(), kFailureModes.end()});
  reader.one_of("kernel.beside_daemon", beside_daemon, {kListen, kRefuse});
  reader.boolean("kernel.take_freed_seat", c.seat.take_freed);
  for (const char* key :
       {"kernel.backlog_limit", "kernel.backlog_wait_time_ms", "kernel.failure"}) {
    if (const auto place = reader.place(key)) c.set_at[key] = *place;
  }
  check_logs(c.logs.files, reader);
  loaded.problems = reader.finish();
  c.spool_days_max = static_cast<uint32_t>(spool_days_max);
  c.kernel.backlog_limit = static_cast<uint32_t>(backlog_limit);
  c.kernel.backlog_wait_ms = static_cast<uint32_t>(backlog_wait_ms);
  for (uint32_t mode = 0; mode + 1 < kFailureModes.size(); ++mode) {
    if (failure == kFailureModes[mode + 1]) c.kernel.failure = mode;
  }
  c.seat.listen_beside = beside_daemon == kListen;
  if (only_login_uid >= 0) c.rules_only_login_uid = static_cast<uint32_t>(only_login_uid);
  return loaded;
}

std::string describe(const Config& c) {
  std::string text;
  if (!c.host.empty()) text += "host: " + c.host + "\n";
  text += "machine_id_file: " + c.machine_id_file + "\n";
  text += "log_level: " + c.log_level + "\n";
  text += "state:\n  folder: " + c.state_folder + "\n";
  text += "spool:\n  folder: " + c.spool_folder + "\n  bytes_max: " +
          std::to_string(c.spool_bytes_max) + "\n  days_max: " +
          std::to_string(c.spool_days_max) + "\n";
  text += "frames:\n";
  Config::Frames frames = c.frames;
  for (const FrameSetting& setting : frame_settings(frames)) {
    text += "  " + setting.name + ": " + std::to_string(setting.value) + "\n";
  }
  text += "trust_file: " + c.trust_file + "\n";
  text += "checkpoint_key: " + c.checkpoint_key + "\n";
  text +=
      "commit:\n  folder: " + c.commit_folder + "\n  user: " + c.commit_user + "\n";
  text += "rules:\n  folders: " + list_of(c.rules_folders) + "\n  profile: " + c.rules_profile +
          "\n  unattended: \"" + c.rules_unattended + "\"\n";
  if (c.rules_only_login_uid) {
    text += "  only_login_uid: " + std::to_string(*c.rules_only_login_uid) + "\n";
  }
  text += "  beside_daemon: " + word(c.rules_beside_daemon) + "\n";
  text += "logs:\n  journal: \"" + c.logs.journal + "\"\n";
  text += "  files: " + list_of(c.logs.files) + "\n";
  text += "redact:\n  folders: " + list_of(c.redact_folders) + "\n";
  text += "kernel:\n  backlog_limit: " + std::to_string(c.kernel.backlog_limit) + "\n";
  text += "  backlog_wait_time_ms: " + std::to_string(c.kernel.backlog_wait_ms) + "\n";
  text += std::string("  failure: ") +
          kFailureModes[c.kernel.failure ? *c.kernel.failure + 1 : 0] + "\n";
  text += std::string("  beside_daemon: ") + (c.seat.listen_beside ? kListen : kRefuse) + "\n";
  text += "  take_freed_seat: " + word(c.seat.take_freed) + "\n";
  return text;
}

}  // namespace spoor::agent
