// A range of addresses. Plain value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.h"

namespace spoor::collector {

// Addresses of IPv4 in the form of IPv6 that stands for them (RFC 4291, 2.5.5.2).
struct Network {
  std::array<uint8_t, 16> address{};  // zero behind the prefix
  uint8_t prefix = 128;               // bits

  bool holds(const Network& one) const;
  // `10.0.0.0/8`, `2001:db8::/32`, a single address with /32 or /128.
  std::string to_text() const;
  bool operator==(const Network&) const = default;
};

// The same, or an address alone; bits behind the prefix are taken for zero. `invalid` says what is
// wrong.
Result<Network> parse_network(std::string_view text);

}  // namespace spoor::collector
