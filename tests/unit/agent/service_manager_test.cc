#include "agent/service_manager.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

// The manager's end.
class ServiceManagerTest : public testing::Test {
 protected:
  ServiceManagerTest() : path_(folder_ / "notify") {
    socket_.reset(socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path_.c_str());
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~ServiceManagerTest() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
  }
  std::string heard() {
    char text[512];
    alignas(cmsghdr) char control[256];
    iovec piece{text, sizeof text};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (size < 0) return "";
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
      given_.reset(fd);
    }
    return {text, static_cast<size_t>(size)};
  }

  // Until the manager's queue takes no more.
  void fill_queue() const {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const UniqueFd other(socket(AF_UNIX, SOCK_DGRAM, 0));
    while (sendto(other.get(), "X=1", 3, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&address),
                  size) == 3) {
    }
  }

  TempFolder folder_;
  std::string path_;
  UniqueFd socket_, given_;
};

TEST_F(ServiceManagerTest, SpeaksTheProtocol) {
  ServiceManager manager;
  ASSERT_TRUE(manager.is_there());
  manager.ready();
  EXPECT_EQ(heard(), "READY=1");
  manager.reloading(5'000'000);
  EXPECT_EQ(heard(), "RELOADING=1\nMONOTONIC_USEC=5000");
  manager.stopping();
  EXPECT_EQ(heard(), "STOPPING=1");
  manager.forget("audit");
  EXPECT_EQ(heard(), "FDSTOREREMOVE=1\nFDNAME=audit");
}

TEST_F(ServiceManagerTest, GivesTheVerySocketAway) {
  ServiceManager manager;
  manager.keep("audit", socket_.get());
  EXPECT_EQ(heard(), "FDSTORE=1\nFDPOLL=0\nFDNAME=audit");
  struct stat ours{}, theirs{};
  ASSERT_EQ(fstat(socket_.get(), &ours), 0);
  ASSERT_EQ(fstat(given_.get(), &theirs), 0);
  EXPECT_EQ(ours.st_ino, theirs.st_ino);
}

TEST_F(ServiceManagerTest, WaitsUntilTheManagerLetsGo) {
  ServiceManager manager;
  std::thread answers([this] {
    while (heard() != "BARRIER=1") std::this_thread::yield();
    given_.reset();
  });
  EXPECT_TRUE(manager.wait_until_heard().is_ok());
  answers.join();
}

TEST_F(ServiceManagerTest, ManagerThatIsBusyIsWaitedFor) {
  ServiceManager manager;
  fill_queue();
  std::thread reads([this] {
    while (heard() != "READY=1") std::this_thread::yield();
  });
  manager.ready();
  reads.join();
}

TEST_F(ServiceManagerTest, BarrierThatCouldNotBeToldIsNotTakenForHeard) {
  ServiceManager manager;
  fill_queue();
  const Status heard = manager.wait_until_heard();
  EXPECT_FALSE(heard.is_ok());
  EXPECT_NE(heard.message().find("not known"), std::string::npos) << heard.message();
}

TEST_F(ServiceManagerTest, SignsOfLifeOnlyWhereAsked) {
  ServiceManager unasked;
  unasked.alive();
  EXPECT_EQ(heard(), "");
  setenv("WATCHDOG_USEC", "1000000", 1);
  ServiceManager asked;
  asked.alive();
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(ServiceManagerTest, WithoutAManagerNothingHappens) {
  for (const std::string& address : {std::string("relative"), std::string("/"), std::string(),
                                     "/" + std::string(200, 'x'), std::string("vsock:2:1")}) {
    setenv("NOTIFY_SOCKET", address.c_str(), 1);
    ServiceManager manager;
    EXPECT_FALSE(manager.is_there()) << address;
    manager.ready();
    EXPECT_TRUE(manager.wait_until_heard().is_ok());
  }
}

}  // namespace
}  // namespace spoor::agent
