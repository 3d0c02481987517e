#include "collector/language/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "common/quoting.h"

namespace spoor::collector {

namespace {

constexpr std::array<uint8_t, 12> kIPv4Before = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr uint8_t kIPv4BeforeBits = 96;

bool is_ipv4(const Network& network) {
  return network.prefix >= kIPv4BeforeBits &&
         std::equal(kIPv4Before.begin(), kIPv4Before.end(), network.address.begin());
}

void clear_behind(std::array<uint8_t, 16>& address, unsigned bits) {
  for (unsigned i = 0; i < address.size(); ++i) {
    const unsigned kept = std::clamp<int>(static_cast<int>(bits) - static_cast<int>(8 * i), 0, 8);
    address[i] = static_cast<uint8_t>(address[i] & (0xff00u >> kept));
  }
}

Status no_address(std::string_view text) {
  return invalid(visible(text) +
                 " is no address; say 10.0.0.7, 10.0.0.0/8 or 2001:db8::/32");
}

}  // namespace

bool Network::holds(const Network& one) const {
  if (one.prefix < prefix) return false;
  std::array<uint8_t, 16> begin = one.address;
  clear_behind(begin, prefix);
  return begin == address;
}

std::string Network::to_text() const {
  char text[INET6_ADDRSTRLEN] = {};
  const bool four = is_ipv4(*this);
  inet_ntop(four ? AF_INET : AF_INET6, address.data() + (four ? kIPv4Before.size() : 0), text,
            sizeof text);
  return std::string(text) + "/" + std::to_string(prefix - (four ? kIPv4BeforeBits : 0));
}

Result<Network> parse_network(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network out;
  std::copy(kIPv4Before.begin(), kIPv4Before.end(), out.address.begin());
  bool is_four = inet_pton(AF_INET, address.c_str(), out.address.data() + kIPv4Before.size()) == 1;
  if (!is_four && inet_pton(AF_INET6, address.c_str(), out.address.data()) != 1)
    return no_address(text);
  if (address.size() != std::strlen(address.c_str())) return no_address(text);
  if (slash == std::string_view::npos) return out;

  const std::string_view digits = text.substr(slash + 1);
  const unsigned bits_max = is_four ? 32 : 128;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || bits > bits_max)
    return invalid(std::string("a network of ") + (is_four ? "IPv4" : "IPv6") + " has /0 to /" +
                   std::to_string(bits_max));
  out.prefix = static_cast<uint8_t>(bits + (is_four ? kIPv4BeforeBits : 0));
  clear_behind(out.address, out.prefix);
  return out;
}

}  // namespace spoor::collector
