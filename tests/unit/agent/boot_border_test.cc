#include "agent/boot_border.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

constexpr int64_t kStartMs = 1'700'000'000'000;

struct Log {
  bool add(uint16_t type, int64_t at_s, uint32_t serial, const std::string& text = "") {
    return border.begins(Datagram{type, text}, EventKey{kStartMs + at_s * 1000, serial});
  }
  BootBorder border;
};
std::string login(int ses, int res = 1) {
  return "pid=7 uid=0 old-auid=4294967295 auid=1000 tty=(none) old-ses=4294967295 ses=" +
         std::to_string(ses) + " res=" + std::to_string(res);
}

TEST(BootBorderTest, OneBootHasNone) {
  Log log;
  for (uint32_t serial = 0xFFFFFF00; serial != 501; ++serial) {  // across the wrap
    if (serial == 420 || serial == 499) continue;
    EXPECT_FALSE(log.add(1300, serial & 0xFF, serial)) << serial;
    EXPECT_FALSE(log.add(1302, serial & 0xFF, serial));
  }
  EXPECT_FALSE(log.add(1300, 1000, 499)) << "a neighbour in the order of another processor";
  EXPECT_FALSE(log.add(1300, 10, 420)) << "held back by the kernel, from before";
  EXPECT_FALSE(log.add(1200, 2000, 17)) << "auditd numbers its own records";
  EXPECT_FALSE(log.add(1006, 2000, 501, login(3)));
  EXPECT_FALSE(log.add(1006, 2001, 502, login(4)));
  EXPECT_FALSE(log.add(1006, 2002, 503, login(3, 0))) << "refused";
}

TEST(BootBorderTest, SerialsThatStartAnew) {
  Log log;
  log.add(1300, 0, 5000);
  EXPECT_TRUE(log.add(1300, 60, 12));
  EXPECT_FALSE(log.add(1300, 61, 13));
  EXPECT_FALSE(log.add(1127, 62, 14)) << "of the boot that is known already";
  EXPECT_TRUE(log.add(1127, 90, 9)) << "after a boot of so few records that it is near";
}

// A container that boots, or anybody who may write such a record.
TEST(BootBorderTest, ASystemBootAmongSerialsThatRunOnIsNone) {
  Log log;
  log.add(1300, 0, 20);
  EXPECT_FALSE(log.add(1127, 4000, 21));
  EXPECT_FALSE(log.add(1300, 4001, 22));
  EXPECT_FALSE(log.add(1127, 9000, 7000)) << "records between are not in the log";
  EXPECT_FALSE(log.add(1300, 9000, 7002));
  EXPECT_FALSE(log.add(1127, 9000, 7001)) << "in the order of another processor";
}

TEST(BootBorderTest, ASerialAtAnotherTime) {
  Log log;
  log.add(1300, 0, 20);
  log.add(1300, 1, 21);
  EXPECT_FALSE(log.add(1300, 0, 20));
  EXPECT_TRUE(log.add(1300, 30, 21)) << "a boot of so few records that none is far behind";
}

TEST(BootBorderTest, RecordsThatSaySo) {
  Log log;
  log.add(1300, 0, 20);
  EXPECT_TRUE(log.add(2000, 5, 1, "state=initialized audit_enabled=0 res=1"));
  EXPECT_FALSE(log.add(1300, 6, 2));
  EXPECT_FALSE(log.add(1200, 7, 4711)) << "auditd was only restarted";
  EXPECT_FALSE(log.add(1128, 8, 3));
  EXPECT_FALSE(log.add(1201, 8, 4712));
  EXPECT_TRUE(log.add(1200, 20, 99));
}

TEST(BootBorderTest, ASessionThatIsOpenedAgain) {
  Log log;
  log.add(1006, 0, 20, login(3));
  log.add(1006, 0, 20, login(3));
  EXPECT_FALSE(log.add(1006, 1, 21, login(4)));
  EXPECT_TRUE(log.add(1006, 2, 60, login(3)));
}

TEST(BootBorderTest, AClockThatWentBack) {
  BootBorder border;
  EXPECT_FALSE(border.begins(Instant{5, 1000}));
  EXPECT_FALSE(border.begins(Instant{6, 1000}));
  EXPECT_TRUE(border.begins(Instant{7, 900}));
  EXPECT_FALSE(border.begins(Instant{8, 901}));
}

}  // namespace
}  // namespace spoor::agent
