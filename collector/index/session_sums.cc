#include "collector/index/session_sums.h"

#include <arpa/inet.h>

#include <string>

#include "collector/index/command.h"
#include "collector/index/session_head.h"

namespace spoor::collector {

namespace {

bool failed(const v1::Event& event) {
  return event.outcome().result() == v1::Outcome::RESULT_FAILURE;
}

OpenCommands::Process process_of(const v1::ProcessKey& key) {
  return {key.pid(), key.birth_ns()};
}

// A name that stands for one file: relative ones with the directory that they are relative to.
std::string file_name(const std::string& path, bool resolved, const std::string& device,
                      uint64_t inode) {
  if (resolved) return path;
  return device + ":" + std::to_string(inode) + std::string(1, '\0') + path;
}

// By its inode, where the call was given a descriptor and the file has no name.
std::string name_of_path(const v1::FileAccess& file) {
  const bool named = !file.path().empty() || file.directory_inode() != 0;
  if (named || file.paths_size() != 1) {
    return file_name(file.path(), file.path_resolved(), file.directory_device(),
                     file.directory_inode());
  }
  return file_name("", false, file.paths(0).device(), file.paths(0).inode());
}

// A socket of both families calls 192.0.2.1 ::ffff:192.0.2.1 (RFC 4291, 2.5.5.2).
std::string host_name(const std::string& address) {
  in6_addr parts{};
  if (inet_pton(AF_INET6, address.c_str(), &parts) != 1 || !IN6_IS_ADDR_V4MAPPED(&parts)) {
    return address;
  }
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &parts.s6_addr[12], text, sizeof text);
}

}  // namespace

void SessionSums::add_start(const v1::Event& event) {
  ++commands;
  commands_as_root += is_as_root(event);
  if (failed(event)) ++commands_failed;
  else count(open.start(process_of(event.command_started().command().process())));
}

// Of a process that ran no command nothing is told as its last one.
void SessionSums::add_end(const v1::ProcessEnded& ended) {
  if (ended.command().exec_number() == 0) return;
  const bool is_seen = ended.end_case() != v1::ProcessEnded::END_NOT_SET;
  const bool is_bad = ended.exit_code() != 0 || ended.has_signal();
  count(open.end(process_of(ended.process()), {is_bad, is_seen}));
}

void SessionSums::count(const std::vector<OpenCommands::End>& ends) {
  for (const OpenCommands::End& end : ends) {
    commands_failed += end.is_bad;
    commands_end_unseen += !end.is_seen;
  }
}

void SessionSums::add(const v1::Event& event) {
  disbelieved += event.has_disbelieved_record() || event.log_message().disbelieved();
  if (is_claimed(event)) return;
  events_incomplete += event.incomplete_size() > 0;
  switch (event.kind_case()) {
    case v1::Event::kCommandStarted: add_start(event); break;
    case v1::Event::kProcessEnded: add_end(event.process_ended()); break;
    case v1::Event::kPrivilegeChange:
      ++(failed(event) ? privilege_refused : privilege_changes);
      break;
    case v1::Event::kFileAccess: add_file(event); break;
    case v1::Event::kNetwork: add_network(event.network()); break;
    case v1::Event::kTypedInput: ++typed_lines; break;
    case v1::Event::kLoss: ++losses; break;
    default: break;
  }
}

void SessionSums::add_file(const v1::Event& event) {
  const v1::FileAccess& file = event.file_access();
  if (failed(event) || file.operation() == v1::FileAccess::OPERATION_READ_OPEN) return;
  ++file_changes;
  if (file.operation() != v1::FileAccess::OPERATION_LINK) {
    files_changed.add(name_of_path(file));
  }
  if (!file.new_path().empty()) {
    files_changed.add(file_name(file.new_path(), file.new_path_resolved(),
                                file.new_directory_device(), file.new_directory_inode()));
  }
}

void SessionSums::add_network(const v1::Network& network) {
  const bool outwards = network.operation() == v1::Network::OPERATION_CONNECT ||
                        network.operation() == v1::Network::OPERATION_SEND;
  if (!outwards || network.remote_address().empty()) return;
  ++connections;
  hosts_contacted.add(host_name(network.remote_address()));
}

void SessionSums::add(const SessionSums& other) {
  commands += other.commands;
  commands_as_root += other.commands_as_root;
  commands_failed += other.commands_failed;
  commands_end_unseen += other.commands_end_unseen;
  privilege_changes += other.privilege_changes;
  privilege_refused += other.privilege_refused;
  file_changes += other.file_changes;
  files_changed.add(other.files_changed);
  connections += other.connections;
  hosts_contacted.add(other.hosts_contacted);
  typed_lines += other.typed_lines;
  disbelieved += other.disbelieved;
  losses += other.losses;
  events_incomplete += other.events_incomplete;
  count(open.add(other.open));
}

}  // namespace spoor::collector
