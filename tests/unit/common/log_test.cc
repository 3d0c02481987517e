#include "common/log.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace spoor {
namespace {

class LogTest : public testing::Test {
 protected:
  // The logger writes to what stderr is while it is captured.
  std::string lines(const std::string& level, bool journal) {
    if (journal) {
      setenv("JOURNAL_STREAM", "8:1", 1);
    } else {
      unsetenv("JOURNAL_STREAM");
    }
    testing::internal::CaptureStderr();
    open_log("spoor-test", level);
    log_debug("d {}", 1);
    log_info("i {}", "two");
    log_warning("w");
    log_error("e");
    unsetenv("JOURNAL_STREAM");
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, JournalLinesCarryAPriorityAndNoTime) {
  EXPECT_EQ(lines("debug", true), "<7>d 1\n<6>i two\n<4>w\n<3>e\n");
}

TEST_F(LogTest, PlainLinesCarryTimeProgramAndLevel) {
  const std::string out = lines("warning", false);
  EXPECT_NE(out.find(" spoor-test warning: w\n"), std::string::npos) << out;
  EXPECT_NE(out.find(" spoor-test error: e\n"), std::string::npos) << out;
  EXPECT_EQ(out.find("two"), std::string::npos) << out;
  EXPECT_EQ(out.substr(4, 1), "-");
}

TEST_F(LogTest, AnUnknownLevelSilencesNothing) {
  EXPECT_EQ(lines("shouting", true), "<6>i two\n<4>w\n<3>e\n");
}

}  // namespace
}  // namespace spoor
