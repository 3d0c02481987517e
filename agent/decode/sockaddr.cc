// A family's structure is a few rows of a table: where a member stands, how it is written, and
// where it goes: into the address, or under its own name beside it. Three families are unions, told
// by their length (bluetooth) or by a member (tipc, pppox). What no row tells stays bytes.
#include "agent/decode/sockaddr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <string>

#include "agent/decode/constants.h"
#include "agent/decode/values.h"
#include "common/audit/names.h"

namespace spoor::agent {
namespace {

// linux/socket.h; variants of a union have numbers of their own.
enum Shape : uint16_t {
  kUnspec = 0, kUnix = 1, kInet = 2, kAx25 = 3, kIpx = 4, kAppletalk = 5, kNetrom = 6, kAtmpvc = 8,
  kX25 = 9, kInet6 = 10, kRose = 11, kNetlink = 16, kPacket = 17, kAtmsvc = 20, kPppox = 24,
  kLlc = 26, kIb = 27, kCan = 29, kTipc = 30, kBluetooth = 31, kIucv = 32, kRxrpc = 33, kIsdn = 34,
  kPhonet = 35, kIeee802154 = 36, kAlg = 38, kNfc = 39, kVsock = 40, kQipcrtr = 42, kXdp = 44,
  kMctp = 45,
  kPppoe = 0x1000, kPptp, kTipcRange, kTipcService, kTipcSocket, kL2cap, kRfcomm, kSco, kHci,
};

enum class As : uint8_t {
  host, network, little,  // a number, by its byte order
  network_hex,            // the same, shown as 0x0800
  host_hex,
  ip4, ip6,
  hardware,               // 00:1a:…
  reversed,               // the same, stored from the last to the first
  callsign,               // of amateur radio: each letter shifted left, then the station's number
  digits,                 // two decimal digits a byte
  text,                   // up to its NUL
};
constexpr std::string_view kPort = "=port", kAddress = "=address", kPath = "=path",
                           kScope = "=scope", kInterface = "=interface";

struct Member {
  uint16_t shape;
  uint8_t at, size;
  As as;
  std::string_view name;  // by the kernel's headers, or one of the above
};
// By shape. include/uapi/linux/*.h and include/net/*.h of 6.18, sizes of the common ABIs.
constexpr Member kMembers[] = {
    {kInet, 2, 2, As::network, kPort}, {kInet, 4, 4, As::ip4, kAddress},
    {kAx25, 2, 7, As::callsign, kAddress}, {kAx25, 12, 4, As::host, "sax25_ndigis"},
    {kIpx, 2, 2, As::network, kPort}, {kIpx, 4, 4, As::network_hex, "sipx_network"},
    {kIpx, 8, 6, As::hardware, kAddress}, {kIpx, 14, 1, As::host, "sipx_type"},
    {kAppletalk, 2, 1, As::host, kPort}, {kAppletalk, 4, 2, As::network, "s_net"},
    {kAppletalk, 6, 1, As::host, "s_node"},
    {kNetrom, 2, 7, As::callsign, kAddress}, {kNetrom, 12, 4, As::host, "sax25_ndigis"},
    {kAtmpvc, 4, 2, As::host, "itf"}, {kAtmpvc, 6, 2, As::host, "vpi"},
    {kAtmpvc, 8, 4, As::host, "vci"},
    {kX25, 2, 16, As::text, kAddress},
    {kInet6, 2, 2, As::network, kPort}, {kInet6, 4, 4, As::network_hex, "sin6_flowinfo"},
    {kInet6, 8, 16, As::ip6, kAddress}, {kInet6, 24, 4, As::host, kScope},
    {kRose, 2, 5, As::digits, kAddress}, {kRose, 7, 7, As::callsign, "srose_call"},
    {kRose, 16, 4, As::host, "srose_ndigis"}, {kRose, 20, 7, As::callsign, "srose_digi"},
    {kNetlink, 4, 4, As::host, kAddress}, {kNetlink, 8, 4, As::host_hex, kScope},
    {kPacket, 2, 2, As::network_hex, kScope}, {kPacket, 4, 4, As::host, kInterface},
    {kPacket, 8, 2, As::host, "sll_hatype"}, {kPacket, 10, 1, As::host, "sll_pkttype"},
    {kPacket, 12, 8, As::hardware, kAddress},
    {kAtmsvc, 4, 20, As::hardware, kAddress}, {kAtmsvc, 24, 13, As::text, "pub"},
    {kPppox, 2, 4, As::host, "sa_protocol"},
    {kLlc, 2, 2, As::host, "sllc_arphrd"}, {kLlc, 7, 1, As::host, kPort},
    {kLlc, 8, 6, As::hardware, kAddress},
    {kIb, 2, 2, As::network_hex, "sib_pkey"}, {kIb, 4, 4, As::network_hex, "sib_flowinfo"},
    {kIb, 8, 16, As::ip6, kAddress},
    {kCan, 4, 4, As::host, kInterface},  // then a union that only the socket's protocol tells
    {kTipc, 2, 1, As::host, "addrtype"}, {kTipc, 3, 1, As::host, kScope},
    {kIucv, 8, 8, As::text, "siucv_nodeid"}, {kIucv, 16, 8, As::text, kAddress},
    {kIucv, 24, 8, As::text, "siucv_name"},
    {kRxrpc, 2, 2, As::host, "srx_service"}, {kRxrpc, 4, 2, As::host, "transport_type"},
    {kRxrpc, 6, 2, As::host, "transport_len"},
    {kIsdn, 2, 1, As::host, "dev"}, {kIsdn, 3, 1, As::host, "channel"},
    {kIsdn, 4, 1, As::host, "sapi"}, {kIsdn, 5, 1, As::host, "tei"},
    {kPhonet, 2, 1, As::host, "spn_obj"}, {kPhonet, 3, 1, As::host, kAddress},
    {kPhonet, 4, 1, As::host, "spn_resource"},
    {kIeee802154, 4, 4, As::host, "addr_type"}, {kIeee802154, 8, 2, As::host_hex, "pan_id"},
    {kIeee802154, 10, 8, As::reversed, kAddress},
    {kAlg, 2, 14, As::text, "salg_type"}, {kAlg, 16, 4, As::host_hex, "salg_feat"},
    {kAlg, 20, 4, As::host_hex, "salg_mask"}, {kAlg, 24, 64, As::text, kPath},
    {kNfc, 4, 4, As::host, "dev_idx"}, {kNfc, 8, 4, As::host, "target_idx"},
    {kNfc, 12, 4, As::host, "nfc_protocol"},
    {kVsock, 4, 4, As::host, kPort}, {kVsock, 8, 4, As::host, kAddress},
    {kVsock, 12, 1, As::host, "svm_flags"},
    {kQipcrtr, 4, 4, As::host, kAddress}, {kQipcrtr, 8, 4, As::host, kPort},
    {kXdp, 2, 2, As::host_hex, "sxdp_flags"}, {kXdp, 4, 4, As::host, kInterface},
    {kXdp, 8, 4, As::host, kPort}, {kXdp, 12, 4, As::host, "sxdp_shared_umem_fd"},
    {kMctp, 4, 4, As::host, "smctp_network"}, {kMctp, 8, 1, As::host, kAddress},
    {kMctp, 9, 1, As::host, "smctp_type"}, {kMctp, 10, 1, As::host, "smctp_tag"},
    {kPppoe, 6, 2, As::network, "sid"}, {kPppoe, 8, 6, As::hardware, kAddress},
    {kPppoe, 14, 16, As::text, "dev"},
    {kPptp, 6, 2, As::host, "call_id"}, {kPptp, 10, 4, As::ip4, kAddress},
    {kTipcRange, 4, 4, As::host, "type"}, {kTipcRange, 8, 4, As::host, "lower"},
    {kTipcRange, 12, 4, As::host, "upper"},
    {kTipcService, 4, 4, As::host, "type"}, {kTipcService, 8, 4, As::host, "instance"},
    {kTipcService, 12, 4, As::host_hex, "domain"},
    {kTipcSocket, 4, 4, As::host, "ref"}, {kTipcSocket, 8, 4, As::host_hex, "node"},
    {kL2cap, 2, 2, As::little, kPort}, {kL2cap, 4, 6, As::reversed, kAddress},
    {kL2cap, 10, 2, As::little, "l2_cid"}, {kL2cap, 12, 1, As::host, "l2_bdaddr_type"},
    {kRfcomm, 2, 6, As::reversed, kAddress}, {kRfcomm, 8, 1, As::host, kPort},
    {kSco, 2, 6, As::reversed, kAddress},
    {kHci, 2, 2, As::host, kInterface}, {kHci, 4, 2, As::host, kPort},
};
static_assert(std::is_sorted(std::begin(kMembers), std::end(kMembers),
                             [](const Member& a, const Member& b) { return a.shape < b.shape; }));

// What the kernel asks for at least; padding behind the last member counts.
struct Length {
  uint16_t shape;
  uint8_t least, whole;
};
constexpr Length kLengths[] = {
    {kInet, 16, 16}, {kAx25, 16, 72}, {kIpx, 16, 16}, {kAppletalk, 16, 16}, {kNetrom, 16, 72},
    {kAtmpvc, 12, 12}, {kX25, 18, 18}, {kInet6, 24, 28}, {kRose, 28, 64}, {kNetlink, 12, 12},
    {kPacket, 12, 20}, {kAtmsvc, 44, 44}, {kLlc, 16, 16}, {kIb, 48, 48}, {kCan, 8, 24},
    {kTipc, 16, 16}, {kIucv, 32, 32}, {kRxrpc, 10, 36}, {kIsdn, 6, 6}, {kPhonet, 16, 16},
    {kIeee802154, 18, 20}, {kAlg, 88, 88}, {kNfc, 16, 96}, {kVsock, 16, 16}, {kQipcrtr, 12, 12},
    {kXdp, 16, 16}, {kMctp, 12, 12}, {kPppox, 6, 6}, {kPppoe, 30, 30}, {kPptp, 30, 30},
    {kL2cap, 12, 14},
    {kRfcomm, 9, 10}, {kSco, 8, 8}, {kHci, 6, 6},
};

// Reads the structure member by member.
class Reader {
 public:
  Reader(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  bool has(size_t at, size_t size) const {
    return at <= bytes_.size() && size <= bytes_.size() - at;
  }
  uint32_t host(size_t at, size_t size) const { return number(at, size, big_endian_); }
  uint32_t number(size_t at, size_t size, bool big) const {
    if (!has(at, size)) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t byte = big ? at + i : at + size - 1 - i;
      value = value << 8 | static_cast<uint8_t>(bytes_[byte]);
    }
    return value;
  }
  uint32_t number(const Member& m) const {
    const bool network = m.as == As::network || m.as == As::network_hex;
    return number(m.at, m.size, m.as != As::little && (network || big_endian_));
  }
  std::string_view from(size_t at, size_t size = std::string_view::npos) const {
    return bytes_.substr(std::min(at, bytes_.size()), size);
  }
  size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

// Bytes as "00:1a:7d:…".
std::string hardware_address(std::string_view bytes, bool reversed) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char byte = bytes[reversed ? bytes.size() - 1 - i : i];
    if (i > 0) text += ':';
    text += to_hex(as_bytes({&byte, 1}));
  }
  return text;
}

std::string hex_number(uint32_t value, size_t bytes) {
  std::string text = "0x";
  for (size_t shift = 8 * bytes; shift > 0; shift -= 4) {
    text += "0123456789abcdef"[value >> (shift - 4) & 15];
  }
  return text;
}

std::string ip_text(int family, std::string_view bytes) {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(family, bytes.data(), text, sizeof text) != nullptr ? text : "";
}

// "N0CALL-7": six letters, each shifted left by one, and the number of the station.
std::string callsign(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 6)) {
    const char letter = static_cast<char>(static_cast<uint8_t>(c) >> 1);
    if (letter > ' ' && letter < 0x7F) text += letter;
  }
  return text + "-" + std::to_string(static_cast<uint8_t>(bytes[6]) >> 1 & 15);
}

std::string text_of(const Reader& in, const Member& m) {
  const std::string_view bytes = in.from(m.at, m.size);
  switch (m.as) {
    case As::ip4: return ip_text(AF_INET, bytes);
    case As::ip6: return ip_text(AF_INET6, bytes);
    case As::hardware: return hardware_address(bytes, false);
    case As::reversed: return hardware_address(bytes, true);
    case As::callsign: return callsign(bytes);
    case As::digits: return to_hex(as_bytes(bytes));
    case As::text: return std::string(bytes.substr(0, bytes.find('\0')));
    case As::network_hex:
    case As::host_hex: return hex_number(in.number(m), m.size);
    default: return std::to_string(in.number(m));
  }
}

bool is_number(As as) {
  return as == As::host || as == As::network || as == As::little || as == As::network_hex ||
         as == As::host_hex;
}

uint16_t shape_of(const Reader& in, uint16_t family) {
  if (family != kBluetooth) return family < kPppoe ? family : static_cast<uint16_t>(kUnspec);
  // sockaddr_l2, _rc (and _iso, which begins like it), _sco and _hci share the family.
  if (in.size() >= 12) return kL2cap;
  if (in.size() >= 9) return kRfcomm;
  return in.size() > 6 ? kSco : kHci;
}

// What stands in the union of some structures; 0: nothing that is told apart.
uint16_t variant_of(const Reader& in, uint16_t family) {
  if (family == kPppox && in.has(2, 4)) {
    const uint32_t protocol = in.host(2, 4);
    return protocol == 0 ? kPppoe : protocol == 2 ? kPptp : 0;
  }
  if (family != kTipc || !in.has(2, 1)) return 0;
  const uint32_t kind = in.host(2, 1);
  return kind >= 1 && kind <= 3 ? static_cast<uint16_t>(kTipcRange + kind - 1) : 0;
}

class AddressReader {
 public:
  AddressReader(const Reader& in, AuditEvent& event, SocketAddress& out)
      : in_(in), event_(event), out_(out), read_to_(2) {}

  bool read(uint16_t family) {
    out_.first_member = static_cast<uint32_t>(event_.members.size());
    if (family == kUnix) return read_path();
    const uint16_t shape = shape_of(in_, family), variant = variant_of(in_, family);
    if (!read_members(shape) || !read_members(variant)) return false;
    judge_length(shape);
    judge_length(variant);
    out_.members = static_cast<uint32_t>(event_.members.size()) - out_.first_member;
    const std::string_view rest = in_.from(read_to_);
    // Callers hand over storage for any family: zeros behind an address are its padding.
    const bool is_padding = family != kUnspec && rest.find_first_not_of('\0') == rest.npos;
    return is_padding || put_bytes(event_, rest, out_.rest);
  }

 private:
  // A path ends at its NUL; what comes after it was never read. A name that begins with one is
  // abstract, and every byte of it counts.
  bool read_path() {
    std::string_view path = in_.from(2);
    if (!path.starts_with('\0')) path = path.substr(0, path.find('\0'));
    return put_bytes(event_, path, out_.path);
  }

  bool read_members(uint16_t shape) {
    const auto before = [](const Member& m, uint16_t wanted) { return m.shape < wanted; };
    const Member* m = std::lower_bound(std::begin(kMembers), std::end(kMembers), shape, before);
    for (; m != std::end(kMembers) && m->shape == shape; ++m) {
      if (!read_member(*m)) return false;
    }
    return true;
  }

  bool read_member(Member m) {
    // Its length stands before it.
    if (m.shape == kPacket && m.name == kAddress) {
      m.size = static_cast<uint8_t>(std::min<uint32_t>(in_.host(11, 1), 8));
    }
    if (m.as == As::text && in_.size() > m.at) {
      m.size = static_cast<uint8_t>(std::min<size_t>(m.size, in_.size() - m.at));
    }
    if (!in_.has(m.at, m.size)) return true;
    read_to_ = std::max<size_t>(read_to_, m.at + m.size);
    if (m.name == kPort) {
      out_.port = in_.number(m);
    } else if (m.name == kInterface) {
      out_.interface = in_.number(m);
    } else if (m.name == kAddress) {
      const std::string text = text_of(in_, m);
      return put_bytes(event_, is_utf8(text) ? text : to_hex(as_bytes(text)), out_.address);
    } else if (m.name == kPath) {
      return put_bytes(event_, text_of(in_, m), out_.path);
    } else if (m.name == kScope) {
      return in_.number(m) == 0 && m.shape != kPacket
                 ? true : put_bytes(event_, text_of(in_, m), out_.scope);
    } else {
      return add_member(m);
    }
    return true;
  }

  // Under its own name; what is zero or empty says nothing.
  bool add_member(const Member& m) {
    RecordField field;
    if (!put_bytes(event_, m.name, field.name)) return false;
    if (is_number(m.as)) {
      field.kind = m.as == As::network_hex || m.as == As::host_hex ? RecordField::Kind::hex
                                                                   : RecordField::Kind::number;
      field.number = in_.number(m);
      if (field.number == 0) return true;
    } else {
      field.kind = RecordField::Kind::text;
      const std::string text = text_of(in_, m);
      if (text.empty()) return true;
      if (!put_bytes(event_, text, field.value)) return false;
    }
    event_.members.push_back(field);
    return true;
  }

  void judge_length(uint16_t shape) {
    for (const Length& each : kLengths) {
      if (each.shape != shape) continue;
      out_.cut |= in_.size() < each.least;
      // Members that are not told apart stay in `rest`; padding does not.
      if (in_.from(read_to_, each.whole - std::min<size_t>(each.whole, read_to_))
              .find_first_not_of('\0') == std::string_view::npos) {
        read_to_ = std::max<size_t>(read_to_, each.whole);
      }
    }
  }

  const Reader& in_;
  AuditEvent& event_;
  SocketAddress& out_;
  size_t read_to_;  // bytes from here on are in no member yet
};

}  // namespace

bool decode_sockaddr(std::string_view bytes, uint32_t arch, AuditEvent& event, SocketAddress& out) {
  if (bytes.size() < 2) return false;
  const bool big = arch != 0 ? (arch & kArchLittleEndian) == 0 : bytes[0] == 0 && bytes[1] != 0;
  const Reader in(bytes, big);
  const auto family = static_cast<uint16_t>(in.host(0, 2));
  std::string name = constant_name(Constant::socket_family, arch, family);
  if (name.empty()) name = std::to_string(family);
  out = {};
  return put_bytes(event, name, out.family) && AddressReader(in, event, out).read(family);
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
