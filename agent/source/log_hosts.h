// Whether a line of a log file is this host's, by the name that stands in it. On a log server the
// same files hold lines of other hosts, whose pids, ports and accounts are others'.
//
// Whoever writes the file learnt our name when it started, and may go on with it after a change: a
// name that we had once, since we began, stays ours. Names are compared as a whole where both have
// a domain, else by what stands before the first point; case is nothing (RFC 4343).
//
// Bounded (kLogHostNamesMax); one thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spoor::agent {

// As uname(2) has it.
std::string node_name();

class LogHosts {
 public:
  explicit LogHosts(std::function<std::string()> own_name = node_name);
  // `host` empty: the line names none, and is taken for ours.
  bool is_ours(std::string_view host);

 private:
  bool has(std::string_view host) const;
  void ask();

  std::function<std::string()> own_name_;
  std::vector<std::string> names_;  // by when they were ours; the last is now's
};

}  // namespace spoor::agent
