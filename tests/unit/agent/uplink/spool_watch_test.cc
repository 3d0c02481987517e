#include "agent/uplink/spool_watch.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace spoor::uplink {
namespace {

constexpr int kLongMs = 60'000;  // a wait that ends for its reason, not for its time

TEST(SpoolWatchTest, GrowthWakesAndStopSaysSo) {
  char name[] = "/tmp/spoor-watch-XXXXXX";
  ASSERT_NE(mkdtemp(name), nullptr);
  const UniqueFd stop(eventfd(0, EFD_NONBLOCK));
  SpoolWatch watch(stop.get());
  ASSERT_TRUE(watch.watch({name}).is_ok());
  const std::string path = std::string(name) + "/a.seg";
  std::thread writer([&] { std::ofstream(path) << "frame"; });
  EXPECT_FALSE(watch.wait(kLongMs));
  writer.join();
  std::thread waker([&] { watch.wake(); });
  EXPECT_FALSE(watch.wait(kLongMs));
  waker.join();
  eventfd_write(stop.get(), 1);
  EXPECT_TRUE(watch.wait(kLongMs));
  unlink(path.c_str());
  rmdir(name);
}

TEST(SpoolWatchTest, FolderThatIsNotThereIsAnError) {
  SpoolWatch watch(-1);
  EXPECT_EQ(watch.watch({"/nowhere/at/all"}).code(), Code::not_found);
}

}  // namespace
}  // namespace spoor::uplink
