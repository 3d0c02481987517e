#include "agent/uplink/spool_watch.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/support/temp_folder.h"

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
  eventfd_write(stop.get(), 1);
  EXPECT_TRUE(watch.wait(kLongMs));
  unlink(path.c_str());
  rmdir(name);
}

// What a new or replaced file may mean only a look at all of the folder tells; of plain growth the
// file that is read is enough.
TEST(SpoolWatchTest, SaysWhichFolderGrewAndHow) {
  const TempFolder spool;
  std::vector<std::string> folders;
  for (const char* name : {"access", "command", "activity", "input"}) {
    folders.push_back(spool / name);
    ASSERT_EQ(mkdir(folders.back().c_str(), 0700), 0);
  }
  std::ofstream segment(folders[1] + "/a.seg");
  std::ofstream(folders[3] + "/a.tmp") << "tombstone";
  SpoolWatch watch(-1);
  ASSERT_TRUE(watch.watch(folders).is_ok());
  segment << "frame" << std::flush;
  watch.wait(kLongMs);
  const Growths none{};
  Growths grown = none;
  grown[1] = Growth::tail;
  EXPECT_EQ(watch.take_growths(), grown);
  EXPECT_EQ(watch.take_growths(), none);
  segment << "frame" << std::flush;
  std::ofstream(folders[0] + "/b.seg").flush();
  ASSERT_EQ(rename((folders[3] + "/a.tmp").c_str(), (folders[3] + "/a.seg").c_str()), 0);
  watch.wait(kLongMs);
  EXPECT_EQ(watch.take_growths(),
            (Growths{Growth::any, Growth::tail, Growth::none, Growth::any}));
  watch.wait(0);
  EXPECT_EQ(watch.take_growths(), none);
}

TEST(SpoolWatchTest, FolderThatIsNotThereIsAnError) {
  SpoolWatch watch(-1);
  EXPECT_EQ(watch.watch({"/nowhere/at/all"}).code(), Code::not_found);
}

}  // namespace
}  // namespace spoor::uplink
