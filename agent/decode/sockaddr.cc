#include "agent/decode/sockaddr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "agent/decode/constants.h"
#include "agent/decode/values.h"
#include "common/audit/names.h"

namespace spoor::agent {
namespace {

// linux/socket.h
enum Family : uint16_t {
  kUnix = 1, kInet = 2, kInet6 = 10, kNetlink = 16, kPacket = 17, kLlc = 26, kCan = 29,
  kBluetooth = 31, kAlg = 38, kVsock = 40, kQipcrtr = 42, kXdp = 44,
};

// Reads the structure field by field; what is beyond its end reads as nothing.
class Reader {
 public:
  Reader(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  bool has(size_t at, size_t size) const {
    return at <= bytes_.size() && size <= bytes_.size() - at;
  }
  // In the machine's byte order.
  uint32_t host(size_t at, size_t size) const { return number(at, size, big_endian_); }
  uint32_t network(size_t at, size_t size) const { return number(at, size, true); }
  std::string_view from(size_t at) const { return bytes_.substr(std::min(at, bytes_.size())); }
  size_t size() const { return bytes_.size(); }

 private:
  uint32_t number(size_t at, size_t size, bool big) const {
    if (!has(at, size)) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t byte = big ? at + i : at + size - 1 - i;
      value = value << 8 | static_cast<uint8_t>(bytes_[byte]);
    }
    return value;
  }

  std::string_view bytes_;
  bool big_endian_;
};

// Bytes as "00:1A:7D:…"; those of Bluetooth are stored from the last to the first.
std::string hardware_address(std::string_view bytes, bool reversed) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char byte = bytes[reversed ? bytes.size() - 1 - i : i];
    if (i > 0) text += ':';
    text += to_hex(as_bytes({&byte, 1}));
  }
  return text;
}

std::string hex_number(uint32_t value, int digits) {
  std::string text = "0x";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    text += "0123456789abcdef"[value >> shift & 15];
  }
  return text;
}

std::string ip_text(int family, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, bytes.data(), text, sizeof text) != nullptr ? text : "";
}

// What a family's structure says, before it is put into the event.
struct Parts {
  std::string address, scope;
  std::string_view path;
  uint32_t port = 0, interface = 0;
};

// A path ends at its NUL; what comes after it was never read. A name that begins with one is
// abstract, and every byte of it counts.
Parts unix_parts(const Reader& in) {
  Parts parts;
  parts.path = in.from(2);
  if (!parts.path.starts_with('\0')) parts.path = parts.path.substr(0, parts.path.find('\0'));
  return parts;
}

Parts inet_parts(const Reader& in) {
  Parts parts;
  parts.port = in.network(2, 2);
  if (in.has(4, 4)) parts.address = ip_text(AF_INET, in.from(4).substr(0, 4));
  return parts;
}

Parts inet6_parts(const Reader& in) {
  Parts parts;
  parts.port = in.network(2, 2);
  if (in.has(8, 16)) parts.address = ip_text(AF_INET6, in.from(8).substr(0, 16));
  if (const uint32_t scope = in.host(24, 4)) parts.scope = std::to_string(scope);
  return parts;
}

Parts netlink_parts(const Reader& in) {
  Parts parts;
  if (in.has(4, 4)) parts.address = std::to_string(in.host(4, 4));
  if (const uint32_t groups = in.host(8, 4)) parts.scope = hex_number(groups, 8);
  return parts;
}

Parts packet_parts(const Reader& in) {
  Parts parts;
  if (in.has(2, 2)) parts.scope = hex_number(in.network(2, 2), 4);
  parts.interface = in.host(4, 4);
  const size_t length = std::min<size_t>(in.host(11, 1), 8);
  if (in.has(12, length)) parts.address = hardware_address(in.from(12).substr(0, length), false);
  return parts;
}

Parts llc_parts(const Reader& in) {
  Parts parts;
  parts.port = in.host(7, 1);  // the service access point
  if (in.has(8, 6)) parts.address = hardware_address(in.from(8).substr(0, 6), false);
  return parts;
}

// Four structures share the family and are told by their length only.
Parts bluetooth_parts(const Reader& in) {
  Parts parts;
  const auto device = [&](size_t at) {
    return hardware_address(in.from(at).substr(0, 6), true);
  };
  if (in.size() >= 12) {  // sockaddr_l2: port, address
    parts.port = in.host(2, 2);
    parts.address = device(4);
  } else if (in.size() >= 8) {  // sockaddr_sco, sockaddr_rc: address, channel
    parts.address = device(2);
    parts.port = in.host(8, 1);
  } else if (in.size() == 6) {  // sockaddr_hci: device, channel
    parts.interface = in.host(2, 2);
    parts.port = in.host(4, 2);
  }
  return parts;
}

// The algorithm's name; salg_type before it says what it is for.
Parts alg_parts(const Reader& in) {
  Parts parts;
  parts.path = in.from(24);
  parts.path = parts.path.substr(0, parts.path.find('\0'));
  return parts;
}

Parts numbers_parts(const Reader& in, uint16_t family) {
  Parts parts;
  switch (family) {
    case kCan: parts.interface = in.host(4, 4); break;
    case kXdp:
      parts.interface = in.host(4, 4);
      parts.port = in.host(8, 4);  // the queue
      break;
    case kVsock:
      parts.port = in.host(4, 4);
      if (in.has(8, 4)) parts.address = std::to_string(in.host(8, 4));
      break;
    case kQipcrtr:
      if (in.has(4, 4)) parts.address = std::to_string(in.host(4, 4));
      parts.port = in.host(8, 4);
      break;
    default: break;
  }
  return parts;
}

Parts parts_of(const Reader& in, uint16_t family) {
  switch (family) {
    case kUnix: return unix_parts(in);
    case kInet: return inet_parts(in);
    case kInet6: return inet6_parts(in);
    case kNetlink: return netlink_parts(in);
    case kPacket: return packet_parts(in);
    case kLlc: return llc_parts(in);
    case kBluetooth: return bluetooth_parts(in);
    case kAlg: return alg_parts(in);
    default: return numbers_parts(in, family);
  }
}

}  // namespace

bool decode_sockaddr(std::string_view bytes, uint32_t arch, AuditEvent& event, SocketAddress& out) {
  if (bytes.size() < 2) return false;
  const bool big = arch != 0 ? (arch & kArchLittleEndian) == 0 : bytes[0] == 0 && bytes[1] != 0;
  const Reader in(bytes, big);
  const auto family = static_cast<uint16_t>(in.host(0, 2));
  const Parts parts = parts_of(in, family);
  std::string name = constant_name(Constant::socket_family, arch, family);
  if (name.empty()) name = std::to_string(family);
  out = {};
  out.port = parts.port;
  out.interface = parts.interface;
  return put_bytes(event, name, out.family) && put_bytes(event, parts.address, out.address) &&
         put_bytes(event, parts.path, out.path) && put_bytes(event, parts.scope, out.scope);
}

bool parse_ip_address(std::string_view text, AuditEvent& event, SocketAddress& out) {
  // A NUL would end it for inet_pton(), but not for us.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return false;
  const std::string terminated(text);
  uint8_t bytes[16];
  const bool v4 = inet_pton(AF_INET, terminated.c_str(), bytes) == 1;
  if (!v4 && inet_pton(AF_INET6, terminated.c_str(), bytes) != 1) return false;
  out = {};
  return put_bytes(event, v4 ? "inet" : "inet6", out.family) &&
         put_bytes(event, text, out.address);
}

}  // namespace spoor::agent
