#include "agent/uplink/config.h"

#include "agent/uplink/address.h"
#include "common/config.h"
#include "common/files.h"
#include "common/quoting.h"

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
  reader.text_list("collector.addresses", c.collector_addresses);
  if (c.collector_addresses.size() > kCollectorAddressesMax) {
    reader.reject("collector.addresses",
                  "at most " + std::to_string(kCollectorAddressesMax) + " addresses");
  }
  for (const std::string& written : c.collector_addresses) {
    const auto address = parse_address(written);
    if (!address.is_ok()) {
      reader.reject("collector.addresses", visible(written) + ": " + address.status().message());
    }
  }
  std::string switch_log = c.switch_log ? "yes" : "no";
  reader.one_of("switch_log", switch_log, {"yes", "no"});
  c.switch_log = switch_log == "yes";
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
  text += "switch_log: " + std::string(c.switch_log ? "yes" : "no") + "\n";
  if (c.collector_addresses.empty()) return text;
  text += "collector:\n  addresses:\n";
  for (const std::string& address : c.collector_addresses) text += "    - '" + address + "'\n";
  return text;
}

}  // namespace spoor::uplink
