#include "agent/correlate/network_facts.h"

#include "agent/correlate/file_facts.h"
#include "agent/correlate/path_name.h"
#include "agent/correlate/record_view.h"

namespace spoor::agent {
namespace {

using Op = Network::Operation;

constexpr uint16_t kSockaddr = 1306;  // linux/audit.h

Op operation_of_call(std::string_view call) {
  if (call == "connect") return Op::connect;
  if (call == "bind") return Op::bind;
  if (call == "accept" || call == "accept4") return Op::accept;
  if (call == "listen") return Op::listen;
  if (call == "sendto" || call == "sendmsg" || call == "sendmmsg" || call == "send" ||
      call == "send_zc" || call == "sendmsg_zc") {
    return Op::send;
  }
  return Op::unknown;
}

// By the numbers of linux/net.h.
Op operation_of_socketcall(uint64_t number) {
  switch (number) {
    case 2: return Op::bind;
    case 3: return Op::connect;
    case 4: return Op::listen;
    case 5:
    case 18: return Op::accept;
    case 9:
    case 11:
    case 16:
    case 20: return Op::send;
    default: return Op::unknown;
  }
}

Op operation_of(const AuditEvent& event) {
  const std::string_view call = call_of(event);
  if (call != "socketcall") return operation_of_call(call);
  return event.syscall ? operation_of_socketcall(event.syscall->args[0]) : Op::unknown;
}

}  // namespace

std::optional<Network> network_of(const AuditEvent& event, std::string& path) {
  Network network;
  network.operation = operation_of(event);
  if (network.operation == Op::unknown) return std::nullopt;
  const AuditEvent::Record* record = first_record(event, kSockaddr);
  const SocketAddress* address =
      record == nullptr ? nullptr : RecordView(event, *record).address("saddr");
  if (address == nullptr) return network;
  network.family = event.bytes(address->family);
  network.path = event.bytes(address->path);
  const bool is_ours = network.operation == Op::bind;
  (is_ours ? network.local_address : network.remote_address) = event.bytes(address->address);
  (is_ours ? network.local_port : network.remote_port) = address->port;
  // A name that begins with a NUL is in no folder.
  const bool is_relative = !network.path.empty() && network.path[0] != '/' &&
                           network.path[0] != '\0' && network.family == "unix";
  if (is_relative && event.cwd &&
      absolute_path(event.bytes(*event.cwd), network.path, path)) {
    network.path = path;
  }
  return network;
}

}  // namespace spoor::agent
