// How often an address may call: a bucket of kCallsPerAddressBurst calls that fills by
// kCallsPerAddressPerSecond; of IPv6 a whole /64 (client_network.h). Not thread-safe.
#pragma once

#include <map>
#include <string>

#include "collector/connection_limits.h"

namespace spoor::collector {

class CallGate {
 public:
  explicit CallGate(size_t addresses_max = kAddressesMax) : addresses_max_(addresses_max) {}
  // 0: a call of this address is heard now. Else after how many ms it should come back; those that
  // come too early get turns one after the other. With addresses_max busy ones further ones are not
  // heard.
  int64_t wait_ms(const std::string& address, int64_t boottime_ns);

 private:
  struct Bucket {
    double calls = kCallsPerAddressBurst;
    int64_t at_ns = 0;
    int64_t turn_ns = 0;  // the last that was given
  };
  static void fill(Bucket& bucket, int64_t boottime_ns);

  const size_t addresses_max_;
  std::map<std::string, Bucket> buckets_;
};

// `192.0.2.7` of gRPC's `ipv4:192.0.2.7:40112`, `2001:db8::7` of `ipv6:%5B2001:db8::7%5D:1`, and
// all of anything else.
std::string address_of_peer(const std::string& peer);

}  // namespace spoor::collector
