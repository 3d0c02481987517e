#include "agent/doctor/additions.h"

#include <map>
#include <utility>

namespace spoor::agent {
namespace {

constexpr size_t kFileBytesMax = 1u << 20;

}  // namespace

Result<std::string> read_settings(Files& files, HostCalls& calls, const std::string& path) {
  if (calls.is_null_device(path)) return std::string();
  return read_file(files, path, kFileBytesMax);
}

Result<std::vector<SettingsFile>> read_additions(Files& files, HostCalls& calls,
                                                 const std::vector<std::string>& folders) {
  std::map<std::string, std::string> paths;  // by name
  for (const std::string& folder : folders) {
    const auto names = files.list(folder);
    if (names.code() == Code::not_found) continue;
    if (!names.is_ok()) return names.status();
    for (const std::string& name : *names) {
      if (name.ends_with(".conf")) paths.try_emplace(name, folder + "/" + name);
    }
  }
  std::vector<SettingsFile> additions;
  for (const auto& [name, path] : paths) {
    auto text = read_settings(files, calls, path);
    if (text.is_ok()) additions.push_back({path, std::move(text).value()});
    else if (text.code() != Code::not_found) return text.status();
  }
  return additions;
}

}  // namespace spoor::agent
