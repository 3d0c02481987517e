#include "agent/log_cursors.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

TEST(LogCursorsTest, ComeBackFromAFile) {
  FakeFiles files;
  const LogCursors cursors = {{"journal", "s=1"}, {"/var/log/secure", std::string("a\0b", 3)}};
  files.put("/spool/log-cursors", encode_log_cursors(cursors));
  EXPECT_EQ(read_log_cursors(files, "/spool/log-cursors"), cursors);
}

TEST(LogCursorsTest, NoFileOrNonsenseIsNone) {
  FakeFiles files;
  EXPECT_TRUE(read_log_cursors(files, "/spool/log-cursors").empty());
  const std::string good = encode_log_cursors({{"journal", "s=1"}});
  for (size_t i = 0; i < good.size(); ++i) {
    files.put("/f", good.substr(0, i));
    EXPECT_TRUE(read_log_cursors(files, "/f").empty()) << i;
  }
  files.put("/f", encode_log_cursors(LogCursors(kLogsMax + 1, {"a", "b"})));
  EXPECT_TRUE(read_log_cursors(files, "/f").empty());
  files.put("/f", std::string(1u << 20, 'x'));
  EXPECT_TRUE(read_log_cursors(files, "/f").empty());
}

}  // namespace
}  // namespace spoor::agent
