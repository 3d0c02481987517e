#include "agent/config.h"

#include "common/config.h"
#include "common/files.h"

namespace spoor::agent {
namespace {

constexpr size_t kConfigBytesMax = 1u << 20;
constexpr int64_t kUidMax = 0xFFFFFFFE;

std::string list_of(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const std::string& value : values) text += (text.size() > 1 ? ", " : "") + value;
  return text + "]";
}

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
  int64_t only_login_uid = -1;
  int64_t backlog_limit = c.kernel_backlog_limit;
  reader.text("host", c.host);
  reader.absolute_path("machine_id_file", c.machine_id_file);
  reader.one_of("log_level", c.log_level, {"debug", "info", "warning", "error"});
  reader.absolute_path("state.folder", c.state_folder);
  reader.absolute_path("spool.folder", c.spool_folder);
  reader.bytes("spool.bytes_max", c.spool_bytes_max, 64ull << 20, 1ull << 44);
  reader.absolute_path("commit.folder", c.commit_folder);
  reader.text("commit.user", c.commit_user);
  reader.text_list("rules.folders", c.rules_folders);
  reader.one_of("rules.profile", c.rules_profile, {"light", "standard", "strict"});
  reader.one_of("rules.unattended", c.rules_unattended, {"off", "containers", "all"});
  reader.integer("rules.only_login_uid", only_login_uid, 0, kUidMax);
  reader.integer("kernel.backlog_limit", backlog_limit, 64, 1 << 20);
  for (const char* key :
       {"kernel.backlog_limit", "kernel.backlog_wait_time_ms", "kernel.failure"}) {
    if (const auto place = reader.place(key)) c.set_at[key] = *place;
  }
  loaded.problems = reader.finish();
  c.kernel_backlog_limit = static_cast<uint32_t>(backlog_limit);
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
          std::to_string(c.spool_bytes_max) + "\n";
  text +=
      "commit:\n  folder: " + c.commit_folder + "\n  user: " + c.commit_user + "\n";
  text += "rules:\n  folders: " + list_of(c.rules_folders) + "\n  profile: " + c.rules_profile +
          "\n  unattended: \"" + c.rules_unattended + "\"\n";
  if (c.rules_only_login_uid) {
    text += "  only_login_uid: " + std::to_string(*c.rules_only_login_uid) + "\n";
  }
  text += "kernel:\n  backlog_limit: " + std::to_string(c.kernel_backlog_limit) + "\n";
  return text;
}

}  // namespace spoor::agent
