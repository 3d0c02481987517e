#include "collector/identity/packet_socket.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <thread>

#include "collector/limits.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

class PacketSocketTest : public testing::Test {
 protected:
  void serve(std::vector<uid_t> peers) {
    auto opened = PacketListener::open(path_, std::move(peers));
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    thread_ = std::jthread([this, listener = std::move(opened).value()]() mutable {
      while (listener.serve_one(stop_.get(), [](std::string_view question) {
        return "re: " + std::string(question);
      })) {
      }
    });
  }
  ~PacketSocketTest() override {
    if (!thread_.joinable()) return;
    EXPECT_EQ(::eventfd_write(stop_.get(), 1), 0);
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "ca.sock";
  const UniqueFd stop_{::eventfd(0, EFD_CLOEXEC)};
  std::jthread thread_;
};

TEST_F(PacketSocketTest, OneQuestionOneAnswer) {
  serve({::geteuid()});
  EXPECT_EQ(ask(path_, "a").value(), "re: a");
  EXPECT_EQ(ask(path_, std::string(60'000, 'x'))->size(), 60'004u);
}

TEST_F(PacketSocketTest, WhoIsNotThePeerIsSentAwayUnheard) {
  serve({::geteuid() + 1});
  EXPECT_EQ(ask(path_, "a").code(), Code::unavailable);
}

TEST_F(PacketSocketTest, NobodyThere) {
  EXPECT_EQ(ask(path_, "a").code(), Code::unavailable);
  EXPECT_EQ(ask(path_, std::string(kAuthorityPacketMax + 1, 'x')).code(), Code::invalid);
}

TEST_F(PacketSocketTest, TakesADeadOnesPlaceAndNoLivingOnes) {
  { ASSERT_TRUE(PacketListener::open(path_, {0}).is_ok()); }
  serve({::geteuid()});
  EXPECT_EQ(PacketListener::open(path_, {0}).code(), Code::denied);
  EXPECT_EQ(ask(path_, "a").value(), "re: a");
}

// One who says nothing, or too much, does not keep the next one from being heard.
TEST_F(PacketSocketTest, ATooLongPacketIsDropped) {
  serve({::geteuid()});
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const std::string much(kAuthorityPacketMax + 1, 'x');
  ASSERT_EQ(::send(fd.get(), much.data(), much.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(much.size()));
  char byte = 0;
  EXPECT_LE(::recv(fd.get(), &byte, 1, 0), 0);
  EXPECT_EQ(ask(path_, "a").value(), "re: a");
}

}  // namespace
}  // namespace spoor::collector
