#include "agent/spool/spool_text.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

TEST(SpoolText, IsThereOrNotOrDamaged) {
  FakeFiles files;
  EXPECT_EQ(read_spool_text(files, "/epoch", 9), std::nullopt);
  files.put("/epoch", "1 nonce");
  EXPECT_EQ(read_spool_text(files, "/epoch", 9), "1 nonce");
  EXPECT_EQ(read_spool_text(files, "/epoch", 3), "");
  files.fail_next(FakeFiles::Operation::open, unavailable("EIO"), kReadTries - 1);
  EXPECT_EQ(read_spool_text(files, "/epoch", 9), "1 nonce");
  files.spoil("/epoch", 2);
  EXPECT_EQ(read_spool_text(files, "/epoch", 9), "");
}

}  // namespace
}  // namespace spoor::agent
