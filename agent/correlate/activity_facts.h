// What an audit event tells of files, the network, security modules and typed lines: the kinds of
// its facts, each with the command that did it, as far as the process table knows. Owns what the
// paths need; one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/correlate/file_facts.h"
#include "agent/correlate/process_table.h"
#include "agent/model.h"

namespace spoor::agent {

class ActivityFacts {
 public:
  using Kind = decltype(Fact::kind);

  // `processes` outlives this.
  explicit ActivityFacts(const ProcessTable& processes) : processes_(processes) {}

  void set_devices(std::shared_ptr<const Devices> devices) {
    files_.set_devices(std::move(devices));
  }
  const DirectoryTable& directories() const { return files_.directories(); }
  DirectoryTable& directories() { return files_.directories(); }
  // In the order of their facts; what they view is valid until the next call. `time_ns` is the
  // event's, boottime. An event that is told as something else, a command or a login, does nothing
  // to files and networks beside it.
  const std::vector<Kind>& read(const AuditEvent& event, uint32_t ses, int64_t time_ns,
                                bool is_told_otherwise);
  // As FileFacts.
  bool asks_for_directories(const AuditEvent& event, PlaceQuestion& question) {
    return files_.asks_for_directories(event, question);
  }

 private:
  void add_decisions(const AuditEvent& event, int64_t time_ns);
  void add_typed(const AuditEvent& event, int64_t time_ns);
  void add_access(const AuditEvent& event, uint32_t ses, int64_t time_ns);

  const ProcessTable& processes_;
  FileFacts files_;
  std::string socket_path_;
  std::vector<Kind> kinds_;
};

}  // namespace spoor::agent
