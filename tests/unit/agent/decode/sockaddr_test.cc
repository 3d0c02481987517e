#include "agent/decode/sockaddr.h"

#include <netinet/in.h>  // before the kernel's headers, which then know of it

#include <linux/atalk.h>
#include <linux/atm.h>
#include <linux/ax25.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/if_pppox.h>
#include <linux/if_xdp.h>
#include <linux/llc.h>
#include <linux/mctp.h>
#include <linux/netlink.h>
#include <linux/nfc.h>
#include <linux/phonet.h>
#include <linux/qrtr.h>
#include <linux/rose.h>
#include <linux/rxrpc.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <linux/x25.h>
#include <sys/socket.h>

#include <cstring>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kX86_64 = 0xC000003E, kS390x = 0x80000016, kPpc64 = 0x80000015;

std::string from_digits(std::string_view hex) { return spoor::from_hex(hex).value(); }

struct Decoded {
  bool good = false;
  std::string family, address, path, scope, members, rest;
  uint32_t port = 0, interface = 0;
  bool cut = false;
};

Decoded decode_bytes(std::string_view bytes, uint32_t arch = kX86_64) {
  AuditEvent event;
  SocketAddress out;
  Decoded d;
  d.good = decode_sockaddr(bytes, arch, event, out);
  const auto text = [&](Slice s) { return std::string(event.bytes(s)); };
  for (uint32_t i = 0; i < out.members; ++i) {
    const RecordField& m = event.members.at(out.first_member + i);
    d.members += (i > 0 ? " " : "") + text(m.name) + "=" +
                 (m.kind == RecordField::Kind::text ? text(m.value) : std::to_string(m.number));
  }
  d.rest = text(out.rest);
  d.cut = out.cut;
  d.family = text(out.family);
  d.address = text(out.address);
  d.path = text(out.path);
  d.scope = text(out.scope);
  d.port = out.port;
  d.interface = out.interface;
  return d;
}
Decoded decode(std::string_view hex, uint32_t arch = kX86_64) {
  return decode_bytes(from_digits(hex), arch);
}

template <typename Structure>
std::string bytes_of(const Structure& structure) {
  std::string bytes(sizeof structure, '\0');
  std::memcpy(bytes.data(), &structure, sizeof structure);
  return bytes;
}
// All of it in a line: address|port|interface|scope|path|members.
std::string shown(const Decoded& d) {
  return d.address + "|" + std::to_string(d.port) + "|" + std::to_string(d.interface) + "|" +
         d.scope + "|" + d.path + "|" + d.members;
}

TEST(Sockaddr, Internet) {
  const Decoded v4 = decode("02000050A9FEA9FE0000000000000000");
  EXPECT_EQ(v4.family, "inet");
  EXPECT_EQ(v4.address, "169.254.169.254");
  EXPECT_EQ(v4.port, 80u);
  const Decoded v6 = decode("0A000016000000000000000000000000000000000000000100000000");
  EXPECT_EQ(v6.family, "inet6");
  EXPECT_EQ(v6.address, "::1");
  EXPECT_EQ(v6.port, 22u);
  EXPECT_EQ(v6.scope, "");
  EXPECT_EQ(decode("0A0001BB00000000FE80000000000000021122FFFE33445503000000").scope, "3");
}

TEST(Sockaddr, Unix) {
  const Decoded path = decode("01002F7661722F72756E2F6E7363642F736F636B65740000603B7B47FC7F");
  EXPECT_EQ(path.family, "unix");
  EXPECT_EQ(path.path, "/var/run/nscd/socket");  // what lies behind its NUL was never read
  EXPECT_EQ(decode("0100002F746D702F2E5831312D756E69782F58300000").path,
            std::string("\0/tmp/.X11-unix/X0\0\0", 20));
  EXPECT_EQ(decode("0100").path, "");
  EXPECT_EQ(decode("010000").path, std::string(1, '\0'));
  EXPECT_EQ(decode("0100FF0A").path, "\xff\n");
}

TEST(Sockaddr, Kernel) {
  const Decoded netlink = decode("100000002A00000001000000");
  EXPECT_EQ(netlink.family, "netlink");
  EXPECT_EQ(netlink.address, "42");
  EXPECT_EQ(netlink.scope, "0x00000001");
  EXPECT_EQ(decode("100000000000000000000000").address, "0");
  const Decoded packet = decode("110008000200000001000006001A7DDA71130000");
  EXPECT_EQ(packet.family, "packet");
  EXPECT_EQ(packet.address, "00:1a:7d:da:71:13");
  EXPECT_EQ(packet.scope, "0x0800");
  EXPECT_EQ(packet.interface, 2u);
  const Decoded alg = decode("26006861736800000000000000000000000000000000000073686132353600");
  EXPECT_EQ(alg.family, "alg");
  EXPECT_EQ(alg.path, "sha256");
}

TEST(Sockaddr, Others) {
  const Decoded vsock = decode("28000000D204000003000000");
  EXPECT_EQ(vsock.family, "vsock");
  EXPECT_EQ(vsock.address, "3");
  EXPECT_EQ(vsock.port, 1234u);
  const Decoded rfcomm = decode("1F001371DA7D1A000500");
  EXPECT_EQ(rfcomm.family, "bluetooth");
  EXPECT_EQ(rfcomm.address, "00:1a:7d:da:71:13");
  EXPECT_EQ(rfcomm.port, 5u);
  const Decoded l2cap = decode("1F0001001371DA7D1A0000000000");
  EXPECT_EQ(l2cap.address, "00:1a:7d:da:71:13");
  EXPECT_EQ(l2cap.port, 1u);
  const Decoded hci = decode("1F0001000300");
  EXPECT_EQ(hci.interface, 1u);
  EXPECT_EQ(hci.port, 3u);
  EXPECT_EQ(decode("1D00000004000000").interface, 4u);  // can
  EXPECT_EQ(decode("2C000000070000000200000000000000").port, 2u);  // xdp
  EXPECT_EQ(decode("2A000000010000000F000000").address, "1");  // qipcrtr
  EXPECT_EQ(decode("1A000100000000AA001A7DDA71130000").address, "00:1a:7d:da:71:13");  // llc
  EXPECT_EQ(decode("0000").family, "unspec");
  EXPECT_EQ(decode("FF00").family, "255");
}

struct Sample {
  const char* family;
  std::string bytes;
  std::string shown;
};

// By the structures of the kernel's own headers, on the machine that runs this.
struct Samples : std::vector<Sample> {
  template <typename Structure>
  void add(const char* family, const Structure& structure, const std::string& shown) {
    push_back({family, bytes_of(structure), shown});
  }
};

void add_old_networks(Samples& all) {
  sockaddr_in6 inet6{AF_INET6, htons(443), htonl(0xABCDE), IN6ADDR_LOOPBACK_INIT, 4};
  all.add("inet6", inet6, "::1|443|0|4||sin6_flowinfo=703710");
  const auto callsign = [](std::string_view letters, int station) {
    ax25_address call{};
    for (size_t i = 0; i < 6; ++i) call.ax25_call[i] = static_cast<char>(letters[i] << 1);
    call.ax25_call[6] = static_cast<char>(station << 1);
    return call;
  };
  sockaddr_ax25 ax25{AF_AX25, callsign("N0CA  ", 7), 1};
  all.add("ax25", ax25, "N0CA-7|0|0|||sax25_ndigis=1");
  sockaddr_at appletalk{AF_APPLETALK, 72, {htons(65280), 9}, {}};
  all.add("appletalk", appletalk, "|72|0|||s_net=65280 s_node=9");
  sockaddr_atmpvc atmpvc{AF_ATMPVC, {1, 2, 300}};
  all.add("atmpvc", atmpvc, "|0|0|||itf=1 vpi=2 vci=300");
  sockaddr_x25 x25{AF_X25, {"2342"}};
  all.add("x25", x25, "2342|0|0|||");
  sockaddr_rose rose{};
  rose.srose_family = AF_ROSE;
  rose.srose_addr.rose_addr[0] = 0x26;
  rose.srose_call = callsign("A     ", 0);
  rose.srose_ndigis = 1;
  rose.srose_digi = callsign("B     ", 0);
  all.add("rose", rose, "2600000000|0|0|||srose_call=A-0 srose_ndigis=1 srose_digi=B-0");
}

void add_devices(Samples& all) {
  all.add("netlink", sockaddr_nl{AF_NETLINK, 0, 42, 0x11}, "42|0|0|0x00000011||");
  sockaddr_ll packet{AF_PACKET, htons(0x88CC), 2, 1, 4, 6, {1, 2, 3, 4, 5, 0xFF}};
  all.add("packet", packet, "01:02:03:04:05:ff|0|2|0x88cc||sll_hatype=1 sll_pkttype=4");
  sockaddr_pppox pppoe{};
  pppoe.sa_family = AF_PPPOX;
  pppoe.sa_protocol = PX_PROTO_OE;
  pppoe.sa_addr.pppoe.sid = htons(17);
  pppoe.sa_addr.pppoe.remote[5] = 9;
  std::memcpy(pppoe.sa_addr.pppoe.dev, "eth0", 5);
  all.add("pppox", pppoe, "00:00:00:00:00:09|0|0|||sid=17 dev=eth0");
  sockaddr_pppox pptp{};
  pptp.sa_family = AF_PPPOX;
  pptp.sa_protocol = PX_PROTO_PPTP;
  pptp.sa_addr.pptp.call_id = 5;
  pptp.sa_addr.pptp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  all.add("pppox", pptp, "127.0.0.1|0|0|||sa_protocol=2 call_id=5");
  sockaddr_llc llc{};
  llc.sllc_family = AF_LLC;
  llc.sllc_arphrd = 1;
  llc.sllc_sap = 0xAA;
  llc.sllc_mac[0] = 2;
  all.add("llc", llc, "02:00:00:00:00:00|170|0|||sllc_arphrd=1");
  sockaddr_can can{};
  can.can_family = AF_CAN;
  can.can_ifindex = 4;
  all.add("can", can, "|0|4|||");
}

void add_services(Samples& all) {
  sockaddr_tipc service{AF_TIPC, TIPC_SERVICE_ADDR, TIPC_CLUSTER_SCOPE, {}};
  service.addr.name = {{18888, 17}, 0};
  all.add("tipc", service, "|0|0|2||addrtype=2 type=18888 instance=17");
  sockaddr_tipc range{AF_TIPC, TIPC_SERVICE_RANGE, 0, {}};
  range.addr.nameseq = {18888, 1, 9};
  all.add("tipc", range, "|0|0|||addrtype=1 type=18888 lower=1 upper=9");
  sockaddr_tipc socket{AF_TIPC, TIPC_SOCKET_ADDR, 0, {}};
  socket.addr.id = {7, 0x1001001};
  all.add("tipc", socket, "|0|0|||addrtype=3 ref=7 node=16781313");
  sockaddr_rxrpc rxrpc{};
  rxrpc.srx_family = AF_RXRPC;
  rxrpc.srx_service = 52;
  rxrpc.transport_type = SOCK_DGRAM;
  rxrpc.transport_len = sizeof(sockaddr_in);
  all.add("rxrpc", rxrpc, "|0|0|||srx_service=52 transport_type=2 transport_len=16");
  sockaddr_pn phonet{AF_PHONET, 1, 0x6C, 3, {}};
  all.add("phonet", phonet, "108|0|0|||spn_obj=1 spn_resource=3");
  sockaddr_alg alg{AF_ALG, "skcipher", 0, 0x10, "cbc(aes)"};
  all.add("alg", alg, "|0|0||cbc(aes)|salg_type=skcipher salg_mask=16");
  sockaddr_nfc nfc{AF_NFC, 1, 2, 3};
  all.add("nfc", nfc, "|0|0|||dev_idx=1 target_idx=2 nfc_protocol=3");
  sockaddr_vm vsock{};
  vsock.svm_family = AF_VSOCK;
  vsock.svm_port = 1234;
  vsock.svm_cid = 3;
  vsock.svm_flags = 1;
  all.add("vsock", vsock, "3|1234|0|||svm_flags=1");
  all.add("qipcrtr", sockaddr_qrtr{AF_QIPCRTR, 1, 15}, "1|15|0|||");
  all.add("xdp", sockaddr_xdp{AF_XDP, 1, 7, 2, 5}, "|2|7|||sxdp_flags=1 sxdp_shared_umem_fd=5");
  sockaddr_mctp mctp{};
  mctp.smctp_family = AF_MCTP;
  mctp.smctp_network = 1;
  mctp.smctp_addr.s_addr = 8;
  mctp.smctp_type = 3;
  all.add("mctp", mctp, "8|0|0|||smctp_network=1 smctp_type=3");
}

void add_others(Samples& all) {
  // Their structures are not for programs' headers, or are gone from them.
  all.push_back({"ipx", from_digits("04000451000000AA0000000000011100"),
                 "00:00:00:00:00:01|1105|0|||sipx_network=170 sipx_type=17"});
  all.push_back({"isdn", from_digits("220001020304"), "|0|0|||dev=1 channel=2 sapi=3 tei=4"});
  all.push_back({"ieee802154", from_digits("2400000002000000CDAB01000000000000020000"),
                 "02:00:00:00:00:00:00:01|0|0|||addr_type=2 pan_id=43981"});
  all.push_back({"iucv", from_digits("2000" "000000000000" "2020202020202020" "5641310000000000"
                                     "4150500000000000"),
                 "VA1|0|0|||siucv_nodeid=         siucv_name=APP"});
  all.push_back({"bluetooth", from_digits("1F0001001371DA7D1A0042000100"),
                 "00:1a:7d:da:71:13|1|0|||l2_cid=66 l2_bdaddr_type=1"});
  all.push_back({"bluetooth", from_digits("1F001371DA7D1A00"), "00:1a:7d:da:71:13|0|0|||"});
}

Samples samples() {
  Samples all;
  add_old_networks(all);
  add_devices(all);
  add_services(all);
  add_others(all);
  return all;
}

TEST(Sockaddr, EveryFamilyWithAStructureIsTyped) {
  for (const Sample& sample : samples()) {
    const Decoded d = decode_bytes(sample.bytes);
    EXPECT_EQ(d.family, sample.family);
    EXPECT_EQ(shown(d), sample.shown) << sample.family;
    EXPECT_EQ(d.rest, "") << sample.family;
    EXPECT_FALSE(d.cut) << sample.family;
  }
}

TEST(Sockaddr, EveryFamilyHasAName) {
  for (int family = 0; family < AF_MAX; ++family) {
    const std::string bytes{static_cast<char>(family), '\0'};
    EXPECT_FALSE(std::isdigit(decode_bytes(bytes).family[0])) << family;
  }
}

TEST(Sockaddr, AShortOneIsMarkedAndSaysWhatIsThere) {
  for (const Sample& sample : samples()) {
    EXPECT_TRUE(decode_bytes(sample.bytes.substr(0, 5)).cut || sample.family == std::string("can"))
        << sample.family;
  }
  const Decoded inet = decode("02000050A9FEA9FE");
  EXPECT_TRUE(inet.cut);
  EXPECT_EQ(inet.address, "169.254.169.254");
  const Decoded port = decode("02000050A9FE");
  EXPECT_EQ(port.port, 80u);
  EXPECT_EQ(port.address, "");
  EXPECT_EQ(port.rest, "\xA9\xFE");
  // sin6_scope_id came later: the kernel takes an address without it.
  EXPECT_FALSE(decode("0A0001BB00000000FE80000000000000021122FFFE334455").cut);
  EXPECT_FALSE(decode("0100").cut);
}

TEST(Sockaddr, NoByteIsLost) {
  EXPECT_EQ(decode("02000050A9FEA9FE00000000000000FF").rest, std::string("\0\0\0\0\0\0\0\xFF", 8));
  EXPECT_EQ(decode("02000050A9FEA9FE0000000000000000" "00000000").rest, "");  // storage's padding
  EXPECT_EQ(decode("02000050A9FEA9FE0000000000000000" "000001").rest, std::string("\0\0\1", 3));
  EXPECT_EQ(decode("290001020304").rest, "\1\2\3\4");          // kcm has no structure
  EXPECT_EQ(decode("1D00000004000000" "11223344").rest, "\x11\x22\x33\x44");  // can: a union
  EXPECT_EQ(decode("0000FF00").rest, std::string("\xFF\0", 2));
  // A family above all others is not taken for a variant of ours.
  EXPECT_EQ(decode("001001020304").family, "4096");
  EXPECT_EQ(decode("001001020304").rest, "\1\2\3\4");
}

// Only what the kernel itself reads is in the machine's order; ports and addresses of the internet
// are not.
TEST(Sockaddr, ByteOrderOfTheRecord) {
  for (const uint32_t arch : {kS390x, kPpc64, 0u}) {
    const Decoded v4 = decode("00020050A9FEA9FE0000000000000000", arch);
    EXPECT_EQ(v4.family, "inet");
    EXPECT_EQ(v4.port, 80u);
    EXPECT_EQ(decode("00100000000000" "2A00000001", arch).address, "42");
  }
  EXPECT_EQ(decode("02000050A9FEA9FE", 0).family, "inet");
  EXPECT_EQ(decode("00020050A9FEA9FE", kX86_64).family, "512");
}

TEST(Sockaddr, EveryLengthOfEveryFamilyIsAnAnswer) {
  for (int family = 0; family < 256; ++family) {
    for (size_t size = 0; size <= 140; ++size) {
      std::string bytes(size, '\xff');
      if (size > 0) bytes[0] = static_cast<char>(family);
      if (size > 1) bytes[1] = 0;
      AuditEvent event;
      SocketAddress out;
      ASSERT_EQ(decode_sockaddr(bytes, kX86_64, event, out), size >= 2);
    }
  }
}

TEST(Sockaddr, NoRoomIsSaid) {
  AuditEvent event;
  event.values.resize(kEventValuesBytesMax - 3);
  SocketAddress out;
  EXPECT_FALSE(decode_sockaddr(std::string("\2\0", 2), kX86_64, event, out));
}

TEST(Sockaddr, AddressesAsText) {
  AuditEvent event;
  SocketAddress out;
  ASSERT_TRUE(parse_ip_address("10.0.0.1", event, out));
  EXPECT_EQ(event.bytes(out.family), "inet");
  ASSERT_TRUE(parse_ip_address("fe80::1", event, out));
  EXPECT_EQ(event.bytes(out.family), "inet6");
  EXPECT_EQ(event.bytes(out.address), "fe80::1");
  for (const std::string& bad : {std::string(), std::string("80"), std::string("1.2.3"),
                                 std::string("host.example"), std::string("10.0.0.1\0", 9),
                                 std::string(200, ':')}) {
    EXPECT_FALSE(parse_ip_address(bad, event, out)) << bad;
  }
}

}  // namespace
}  // namespace spoor::agent
