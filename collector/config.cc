#include "collector/config.h"

#include <charconv>

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

// `HOST:PORT`, `[ADDRESS]:PORT` or empty.
void read_listen(ConfigReader& reader, Config& c) {
  reader.text("uplink.listen", c.uplink_listen);
  if (c.uplink_listen.empty()) return;
  const size_t colon = c.uplink_listen.rfind(':');
  uint16_t port = 0;
  const char* const end = c.uplink_listen.data() + c.uplink_listen.size();
  const char* const digits = colon == std::string::npos ? end : c.uplink_listen.data() + colon + 1;
  const auto [after, error] = std::from_chars(digits, end, port);
  const bool is_ok = colon != 0 && colon != std::string::npos && error == std::errc() &&
                     after == end && c.uplink_listen.find('/') == std::string::npos;
  if (!is_ok) reader.reject("uplink.listen", "HOST:PORT, not " + c.uplink_listen);
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
  reader.bytes("log.ballast", c.log_ballast_bytes, 0, 1ull << 40);
  reader.absolute_path("index.folder", c.index_folder);
  read_listen(reader, c);
  reader.absolute_path("uplink.certificate", c.tls_certificate);
  reader.absolute_path("uplink.key", c.tls_key);
  reader.absolute_path("uplink.authorities", c.tls_authorities);
  // With a door to the network this one may be closed.
  reader.text("uplink.socket", c.uplink_socket);
  if (c.uplink_listen.empty() || !c.uplink_socket.empty())
    read_socket(reader, "uplink.socket",
                "anybody on the network could report in a host's name (uplink.listen is for the "
                "network)", c.uplink_socket);
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

std::string index_folder(const Config& c) {
  return c.index_folder.empty() ? c.log_folder + "/index" : c.index_folder;
}

std::string describe(const Config& c) {
  return "log_level: " + c.log_level + "\nlog:\n  folder: " + c.log_folder +
         "\n  ballast: " + std::to_string(c.log_ballast_bytes) +
         "\nindex:\n  folder: " + index_folder(c) + "\nuplink:\n  socket: \"" +
         c.uplink_socket + "\"\n  group: \"" + c.uplink_group + "\"\n  listen: \"" +
         c.uplink_listen + "\"\n  certificate: " + c.tls_certificate + "\n  key: " + c.tls_key +
         "\n  authorities: " + c.tls_authorities + "\nquery:\n  socket: " + c.query_socket +
         "\n  group: \"" + c.query_group + "\"\nidentity:\n  state: " + state_path(c) +
         "\n  authority: " + c.authority_socket + "\nagents:\n  silent_after_s: " +
         std::to_string(c.silent_after_s) + "\n  stalled_after_s: " +
         std::to_string(c.stalled_after_s) + "\n";
}

}  // namespace spoor::collector
