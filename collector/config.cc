#include "collector/config.h"

#include "collector/listen_path.h"
#include "common/config.h"
#include "common/files.h"

namespace spoor::collector {
namespace {

constexpr size_t kConfigBytesMax = 1u << 20;
constexpr std::string_view kScheme = "unix:";
// sun_path of unix(7), with the NUL.
constexpr size_t kSocketPathMax = 107;

// `/path` and `unix:/path` mean the same.
void read_socket(ConfigReader& reader, const char* key, const char* why, std::string& path) {
  reader.text(key, path);
  if (path.starts_with(kScheme)) path.erase(0, kScheme.size());
  if (!path.starts_with('/')) {
    reader.reject(key, "only the path of a Unix socket is possible in this version, not " + path +
                           ": without mutual TLS, " + why);
  } else if (path.size() > kSocketPathMax) {
    reader.reject(key, "the path of a Unix socket has at most 107 bytes");
  }
}

void read_group(ConfigReader& reader, const char* key, std::string& group) {
  reader.text(key, group);
  const auto found = find_group(group);
  if (!found.is_ok()) reader.reject(key, found.status().message());
}

}  // namespace

LoadedConfig load_config(const std::string& path, bool must_exist) {
  LoadedConfig loaded;
  Config& c = loaded.config;
  PosixFiles files;
  const auto text = read_file(files, path, kConfigBytesMax);
  if (text.code() == Code::not_found && !must_exist) return loaded;
  if (!text.is_ok()) {
    loaded.problems.push_back(path + ": " + text.status().message());
    return loaded;
  }
  ConfigReader reader = ConfigReader::read(path, *text);
  reader.one_of("log_level", c.log_level, {"debug", "info", "warning", "error"});
  reader.absolute_path("log.folder", c.log_folder);
  read_socket(reader, "uplink.socket",
              "anybody on the network could report in a host's name", c.uplink_socket);
  read_socket(reader, "query.socket",
              "anybody on the network could read what everybody runs", c.query_socket);
  if (c.uplink_socket == c.query_socket)
    reader.reject("query.socket", "agents and operators must not share a socket");
  reader.absolute_path("identity.state", c.state_file);
  reader.absolute_path("identity.authority", c.authority_socket);
  reader.integer("agents.silent_after_s", c.silent_after_s, 15, 86'400);
  reader.integer("agents.stalled_after_s", c.stalled_after_s, 25, 86'400);
  read_group(reader, "uplink.group", c.uplink_group);
  read_group(reader, "query.group", c.query_group);
  loaded.problems = reader.finish();
  return loaded;
}

std::string state_path(const Config& c) {
  return c.state_file.empty() ? c.log_folder + "/state.db" : c.state_file;
}

std::string describe(const Config& c) {
  return "log_level: " + c.log_level + "\nlog:\n  folder: " + c.log_folder +
         "\nuplink:\n  socket: " + c.uplink_socket + "\n  group: \"" + c.uplink_group +
         "\"\nquery:\n  socket: " + c.query_socket + "\n  group: \"" + c.query_group +
         "\"\nidentity:\n  state: " + state_path(c) + "\n  authority: " + c.authority_socket +
         "\nagents:\n  silent_after_s: " + std::to_string(c.silent_after_s) +
         "\n  stalled_after_s: " + std::to_string(c.stalled_after_s) + "\n";
}

}  // namespace spoor::collector
