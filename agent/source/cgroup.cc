// What runtimes call a container's group:
//
//   docker-ID.scope  cri-containerd-ID.scope  crio-ID.scope  libpod-ID.scope   systemd driver
//   /docker/ID  /kubepods/…/podUID/ID  /libpod_parent/libpod-ID                cgroupfs driver
//   /lxc/NAME  lxc.payload.NAME  systemd-nspawn@NAME.service  machine-NAME.scope  ecs/TASK/ID
//
// IDs are 64 hex digits (a container inside a task or pod may add a name behind a dash). A monitor
// (libpod-conmon-ID.scope, crio-conmon-ID.scope) stands beside its container, not in it.
#include "agent/source/cgroup.h"

#include <algorithm>
#include <array>
#include <utility>

namespace spoor::agent {
namespace {

constexpr size_t kIdDigits = 64;

bool is_id(std::string_view text) {
  if (text.size() < kIdDigits) return false;
  const bool hex = std::all_of(text.begin(), text.begin() + kIdDigits, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return hex && (text.size() == kIdDigits || text[kIdDigits] == '-');
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}
bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// By what stands before an id.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kById = {{
    {"docker-", "docker"},
    {"cri-containerd-", "containerd"},
    {"crio-", "cri-o"},
    {"libpod-", "podman"},
    {"nerdctl-", "containerd"},
    {"buildkit-", "buildkit"},
}};

bool is_unit(std::string_view name) {
  return name.ends_with(".service") || name.ends_with(".scope");
}

// One name of the path, whose parent's name is `parent`. True when it is a container's.
bool read_container(std::string_view name, std::string_view parent, CgroupPlace& place) {
  std::string_view rest = name;
  (void)take_suffix(rest, ".scope");
  for (const auto& [prefix, runtime] : kById) {
    std::string_view id = rest;
    if (!take_prefix(id, prefix) || !is_id(id)) continue;
    place.runtime = runtime;
    place.container = id;
    return true;
  }
  const auto found = [&](std::string_view runtime) {
    place.runtime = runtime;
    place.container = rest;
    return !rest.empty();
  };
  if (is_id(rest)) {
    if (parent == "docker") return found("docker");
    if (parent.starts_with("pod") || parent.starts_with("kubepods")) return found("kubernetes");
    return found("container");
  }
  if (take_prefix(rest, "lxc.payload.") || (parent == "lxc" && !rest.empty())) return found("lxc");
  if (take_prefix(rest, "systemd-nspawn@")) {
    (void)take_suffix(rest, ".service");
    return found("nspawn");
  }
  if (parent == "machine.slice" && take_prefix(rest, "machine-")) return found("machine");
  return false;
}

void read_path(std::string_view path, CgroupPlace& place) {
  const char* const begin = path.data();
  std::string_view parent;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (name.empty()) continue;
    // The outermost container is the one the host's operators know.
    const std::string_view here(begin, static_cast<size_t>(name.data() + name.size() - begin));
    const bool inside = !place.runtime.empty();
    if (!inside && read_container(name, parent, place)) place.path = here;
    if (is_unit(name)) {
      place.unit = name;
      if (place.runtime.empty()) place.path = here;
    }
    parent = name;
  }
}

}  // namespace

CgroupPlace parse_cgroup(std::string_view text) {
  CgroupPlace place;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    const bool unified = line.starts_with("0::");
    text.remove_prefix(std::min(end + 1, text.size()));
    // hierarchy-ID:controller-list:path; a path may hold colons.
    for (int i = 0; i < 2; ++i) {
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos) {
        line = {};
        break;
      }
      line.remove_prefix(colon + 1);
    }
    CgroupPlace here;
    read_path(line, here);
    if (place.runtime.empty()) {
      place.runtime = here.runtime;
      place.container = here.container;
    }
    if (place.unit.empty()) place.unit = here.unit;
    if (unified) place.path = here.path;
  }
  return place;
}

}  // namespace spoor::agent
