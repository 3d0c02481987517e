#include "collector/identity/client_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace spoor::collector {

std::string client_network(const std::string& address) {
  in6_addr parsed{};
  // A link-local one may have its interface behind it.
  const std::string bare = address.substr(0, address.find('%'));
  if (::inet_pton(AF_INET6, bare.c_str(), &parsed) != 1) return address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) {
    ::inet_ntop(AF_INET, parsed.s6_addr + 12, text.data(), text.size());
    return text.data();
  }
  std::fill(parsed.s6_addr + 8, parsed.s6_addr + 16, uint8_t{0});
  ::inet_ntop(AF_INET6, &parsed, text.data(), text.size());
  return std::string(text.data()) + "/64";
}

}  // namespace spoor::collector
