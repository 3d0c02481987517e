#include "agent/decode/sockaddr.h"

#include <sys/socket.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kX86_64 = 0xC000003E, kS390x = 0x80000016, kPpc64 = 0x80000015;

std::string from_digits(std::string_view hex) { return spoor::from_hex(hex).value(); }

struct Decoded {
  bool good = false;
  std::string family, address, path, scope;
  uint32_t port = 0, interface = 0;
};

Decoded decode(std::string_view hex, uint32_t arch = kX86_64) {
  AuditEvent event;
  SocketAddress out;
  Decoded d;
  d.good = decode_sockaddr(from_digits(hex), arch, event, out);
  const auto text = [&](Slice s) { return std::string(event.bytes(s)); };
  d.family = text(out.family);
  d.address = text(out.address);
  d.path = text(out.path);
  d.scope = text(out.scope);
  d.port = out.port;
  d.interface = out.interface;
  return d;
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
