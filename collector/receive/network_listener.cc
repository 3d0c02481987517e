#include "collector/receive/network_listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "common/log.h"

namespace spoor::collector {

namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Result<Addresses> resolve(const std::string& host, const std::string& port) {
  addrinfo wish{};
  wish.ai_socktype = SOCK_STREAM;
  wish.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &wish, &found);
  if (error != 0) return denied(host + ": " + ::gai_strerror(error));
  return Addresses(found, &::freeaddrinfo);
}

void set_port(sockaddr_storage& address, int port) {
  const auto value = htons(static_cast<uint16_t>(port));
  if (address.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = value;
  else
    reinterpret_cast<sockaddr_in&>(address).sin_port = value;
}

int port_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

std::string text_of(const addrinfo& at) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getnameinfo(at.ai_addr, at.ai_addrlen, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an address";
  const bool is_v6 = at.ai_family == AF_INET6;
  return (is_v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + port;
}

// `port`: the one that its siblings have; 0: as the address says. `error`: why not, by errno(3).
Result<UniqueFd> listen_at(const addrinfo& at, int port, int& error) {
  sockaddr_storage address{};
  __builtin_memcpy(&address, at.ai_addr, at.ai_addrlen);
  if (port != 0) set_port(address, port);
  UniqueFd out(::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto failed = [&error](const char* what) { return from_errno(error = errno, what); };
  if (!out.is_open()) return failed("socket");
  const int on = 1, off = 0;
  ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool is_any =
      at.ai_family == AF_INET6 &&
      IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<sockaddr_in6&>(address).sin6_addr);
  if (at.ai_family == AF_INET6)
    ::setsockopt(out.get(), IPPROTO_IPV6, IPV6_V6ONLY, is_any ? &off : &on, sizeof on);
  if (::bind(out.get(), reinterpret_cast<sockaddr*>(&address), at.ai_addrlen) != 0)
    return failed("bind");
  if (::listen(out.get(), SOMAXCONN) != 0) return failed("listen");
  return out;
}

Result<NetworkListener> listen_on_all(const std::string& host, const std::string& port) {
  ASSIGN_OR_RETURN(const Addresses addresses, resolve(host, port));
  return listen_on_each(addresses.get());
}

}  // namespace

Result<NetworkListener> listen_on_each(const addrinfo* addresses) {
  NetworkListener out;
  std::optional<Status> failed;
  std::vector<std::string> refused;
  for (const addrinfo* at = addresses; at != nullptr; at = at->ai_next) {
    int error = 0;
    auto socket = listen_at(*at, out.port, error);
    if (!socket.is_ok()) {
      failed = socket.status();
      // A name may have an address or a family that this machine is without.
      if (error != EAFNOSUPPORT && error != EADDRNOTAVAIL)
        refused.push_back(text_of(*at) + ": " + failed->message());
      continue;
    }
    out.port = port_of(socket->get());
    out.sockets.push_back(std::move(socket).value());
  }
  if (out.sockets.empty()) return failed.value_or(denied("it has no address"));
  for (const std::string& what : refused)
    log_warning("cannot listen on {}; the other addresses are listened on", what);
  return out;
}

Result<NetworkListener> listen_on_network(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return denied("cannot listen on " + address + ": no port");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port = address.substr(colon + 1);
  std::string without_v6;
  if (host == "0.0.0.0") {
    auto both = listen_on_all("::", port);
    if (both.is_ok()) return both;
    without_v6 = "[::]:" + port + ": " + both.status().message();
  }
  auto out = listen_on_all(host, port);
  if (!out.is_ok())
    return denied("cannot listen on " + address + ": " + out.status().message() +
                  (without_v6.empty() ? "" : "; nor on " + without_v6));
  if (!without_v6.empty())
    log_warning("listening on {} by IPv4 alone; cannot listen on {}", address, without_v6);
  return out;
}

}  // namespace spoor::collector
