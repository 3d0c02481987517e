#include "collector/listen_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

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

}  // namespace
}  // namespace spoor::collector
