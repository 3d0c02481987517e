#include "agent/uplink/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>

namespace spoor::uplink {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr size_t kHostMax = 253;  // RFC 1035's 255 bytes, as text
constexpr size_t kPathMax = sizeof(sockaddr_un::sun_path) - 1;

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= kHostMax && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

bool is_ipv6(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const Status wrong =
      invalid("an address is HOST:PORT, [IPV6]:PORT or unix:/PATH, which this is not");
  Address address;
  if (text.starts_with(kUnix)) {
    address.path = text.substr(kUnix.size());
    const bool fits = address.path.starts_with('/') && address.path.size() <= kPathMax &&
                      address.path.find('\0') == std::string::npos;
    return fits ? Result<Address>(address) : wrong;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || !is_port(text.substr(colon + 1))) return wrong;
  address.port = text.substr(colon + 1);
  const std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    address.host = host.substr(1, host.size() - 2);
    return is_ipv6(address.host) ? Result<Address>(address) : wrong;
  }
  address.host = host;
  return is_name(host) ? Result<Address>(address) : wrong;
}

std::string text_of(const Address& address) {
  if (address.is_unix()) return std::string(kUnix) + address.path;
  const bool brackets = address.host.find(':') != std::string::npos;
  return (brackets ? "[" + address.host + "]" : address.host) + ":" + address.port;
}

}  // namespace spoor::uplink
