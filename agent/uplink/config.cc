#include "agent/uplink/config.h"

#include "common/config.h"
#include "common/files.h"

namespace spoor::uplink {
namespace {

constexpr size_t kConfigBytesMax = 1u << 20;

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
  reader.text("host", c.host);
  reader.absolute_path("machine_id_file", c.machine_id_file);
  reader.one_of("log_level", c.log_level, {"debug", "info", "warning", "error"});
  reader.absolute_path("spool.folder", c.spool_folder);
  reader.absolute_path("commit.folder", c.commit_folder);
  reader.absolute_path("state.folder", c.state_folder);
  reader.text("collector.address", c.collector_address);
  if (!c.collector_address.starts_with("unix:/")) {
    reader.reject("collector.address",
                  "only unix:/PATH is possible in this version: without mutual TLS, whoever is on "
                  "the network could read or fake what a host reports");
  }
  loaded.problems = reader.finish();
  return loaded;
}

std::string describe(const Config& c) {
  std::string text;
  if (!c.host.empty()) text += "host: " + c.host + "\n";
  text += "machine_id_file: " + c.machine_id_file + "\n";
  text += "log_level: " + c.log_level + "\n";
  text += "spool:\n  folder: " + c.spool_folder + "\n";
  text += "commit:\n  folder: " + c.commit_folder + "\n";
  text += "state:\n  folder: " + c.state_folder + "\n";
  text += "collector:\n  address: " + c.collector_address + "\n";
  return text;
}

}  // namespace spoor::uplink
