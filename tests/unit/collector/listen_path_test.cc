#include "collector/listen_path.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>

#include "common/unique_fd.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

class ListenPathTest : public testing::Test {
 protected:
  UniqueFd listen_there() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd.get(), 1), 0);
    return fd;
  }
  bool is_there() const {
    struct stat st {};
    return ::lstat(path_.c_str(), &st) == 0;
  }
  TempFolder folder_;
  const std::string path_ = folder_ / "s";
};

TEST_F(ListenPathTest, AFreePathStaysFree) {
  EXPECT_TRUE(free_listen_path(path_).is_ok());
  EXPECT_EQ(free_listen_path(folder_ / "missing/s").code(), Code::not_found);
}

TEST_F(ListenPathTest, ALivingServerIsLeftAlone) {
  const UniqueFd server = listen_there();
  EXPECT_EQ(free_listen_path(path_).code(), Code::denied);
  EXPECT_TRUE(is_there());
}

TEST_F(ListenPathTest, ADeadServersSocketGoes) {
  listen_there().reset();
  ASSERT_TRUE(is_there());
  EXPECT_TRUE(free_listen_path(path_).is_ok());
  EXPECT_FALSE(is_there());
}

TEST_F(ListenPathTest, OnlySocketsGo) {
  std::ofstream(path_) << "precious";
  EXPECT_EQ(free_listen_path(path_).code(), Code::denied);
  EXPECT_TRUE(is_there());
}

TEST_F(ListenPathTest, SocketsAreForTheGroupOnly) {
  {
    const SocketUmask umask;
    listen_there().reset();
  }
  struct stat st {};
  ASSERT_EQ(::lstat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0660u);
}

TEST_F(ListenPathTest, GroupsByNameAndNumber) {
  EXPECT_EQ(find_group("").value(), std::nullopt);
  EXPECT_EQ(find_group("root").value(), gid_t{0});
  EXPECT_EQ(find_group("4321").value(), gid_t{4321});
  for (const char* bad : {"no such group", "-1", "4294967295", "0x1"})
    EXPECT_EQ(find_group(bad).code(), Code::not_found) << bad;
}

TEST_F(ListenPathTest, ASocketIsGivenToItsGroup) {
  const UniqueFd server = listen_there();
  const gid_t other = ::geteuid() == 0 ? 4321 : ::getegid();
  EXPECT_TRUE(give_to_group(path_, std::to_string(other)).is_ok());
  EXPECT_TRUE(give_to_group(path_, "").is_ok());
  struct stat st {};
  ASSERT_EQ(::lstat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_gid, other);
}

TEST_F(ListenPathTest, OnlyAMemberCanGiveToAGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  const UniqueFd server = listen_there();
  ASSERT_EQ(::chown((folder_ / "").c_str(), 65534, 65534), 0);
  ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
  const auto give = [&] {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) _exit(1);
    const Status status = give_to_group(path_, "root");
    std::fprintf(stderr, "%s", status.message().c_str());
    _exit(status.code() == Code::denied ? 0 : 2);
  };
  EXPECT_EXIT(give(), testing::ExitedWithCode(0), "not a member");
}

}  // namespace
}  // namespace spoor::collector
