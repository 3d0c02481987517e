#include "agent/source/log_hosts.h"

#include <strings.h>
#include <sys/utsname.h>

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

bool is_same(std::string_view a, std::string_view b) {
  const size_t a_point = a.find('.'), b_point = b.find('.');
  if (a_point == a.npos || b_point == b.npos) {
    a = a.substr(0, a_point);
    b = b.substr(0, b_point);
  }
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string node_name() {
  utsname names{};
  return ::uname(&names) == 0 ? names.nodename : "";
}

LogHosts::LogHosts(std::function<std::string()> own_name) : own_name_(std::move(own_name)) {
  ask();
}

bool LogHosts::has(std::string_view host) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const std::string& name) { return is_same(name, host); });
}

void LogHosts::ask() {
  std::string name = own_name_();
  if (name.empty() || std::find(names_.begin(), names_.end(), name) != names_.end()) return;
  if (names_.size() >= kLogHostNamesMax) names_.erase(names_.begin());
  names_.push_back(std::move(name));
}

bool LogHosts::is_ours(std::string_view host) {
  while (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || has(host)) return true;
  ask();
  return has(host);
}

}  // namespace spoor::agent
