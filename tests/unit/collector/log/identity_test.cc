#include "collector/log/identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "collector/log/log.h"
#include "tests/support/fake_files.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

class LogIdentityTest : public testing::Test {
 protected:
  LogIdentityTest() { EXPECT_TRUE(files_.make_folder("/log").is_ok()); }
  OpenedIdentity open() {
    auto opened = open_identity(files_, "/log", false);
    EXPECT_TRUE(opened.is_ok()) << opened.status().message();
    return opened.is_ok() ? std::move(opened).value() : OpenedIdentity();
  }

  FakeFiles files_;
};

TEST_F(LogIdentityTest, IsMadeOnceAndNamesItsKey) {
  const OpenedIdentity made = open();
  const OpenedIdentity again = open();
  EXPECT_EQ(print_identity(made.stored), print_identity(again.stored));
  EXPECT_EQ(made.key->public_key(), *made.stored.key);
  EXPECT_EQ(again.key->public_key(), *made.stored.key);
}

TEST_F(LogIdentityTest, OnlyWhatItPrintsIsRead) {
  const std::string text = print_identity(open().stored);
  EXPECT_EQ(print_identity(*parse_identity(text)), text);
  for (const std::string& broken :
       {std::string(), text + "x", text + "key 00\n", text.substr(0, text.size() - 1),
        text.substr(0, text.find("generation")), std::string(500, ' ')}) {
    EXPECT_EQ(parse_identity(broken).code(), Code::corrupt) << broken;
  }
}

// A log of the version before: it gets its key, and keeps everything else.
TEST_F(LogIdentityTest, ALogThatDidNotSignGetsAKey) {
  const StoredIdentity before{{7}, 3, 42, std::nullopt};
  files_.put("/log/identity", print_identity(before));
  const OpenedIdentity opened = open();
  EXPECT_EQ(opened.stored.id, before.id);
  EXPECT_EQ(opened.stored.generation, 3u);
  EXPECT_EQ(opened.stored.salt, 42u);
  EXPECT_EQ(*open().stored.key, opened.key->public_key());
}

TEST_F(LogIdentityTest, AKeyThatIsThereAlreadyIsTaken) {
  const SigningKey key = *SigningKey::generate();
  files_.put("/log/key", *key.to_pem());
  EXPECT_EQ(*open().stored.key, key.public_key());
}

TEST_F(LogIdentityTest, AnotherKeyOrNoneIsRefused) {
  open();
  const std::string key = files_.content("/log/key");
  files_.put("/log/key", *SigningKey::generate()->to_pem());
  EXPECT_EQ(open_identity(files_, "/log", false).code(), Code::corrupt);
  ASSERT_TRUE(files_.remove("/log/key").is_ok());
  EXPECT_EQ(open_identity(files_, "/log", false).code(), Code::corrupt);
  EXPECT_FALSE(files_.exists("/log/key"));
  files_.put("/log/key", key);
  open();
}

// Whatever a power cut leaves, the next start opens one identity, and the same from then on.
TEST_F(LogIdentityTest, ACrashWhileItIsMadeLeavesNothingHalf) {
  using Operation = FakeFiles::Operation;
  for (const Operation at : {Operation::open, Operation::append, Operation::sync,
                             Operation::rename, Operation::sync_folder}) {
    FakeFiles files;
    ASSERT_TRUE(files.make_folder("/log").is_ok());
    files.fail_next(at, unavailable("crash"));
    EXPECT_FALSE(open_identity(files, "/log", false).is_ok());
    files.crash(7);
    const auto opened = open_identity(files, "/log", false);
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    files.crash(8);
    EXPECT_EQ(open_identity(files, "/log", false)->stored.id, opened->stored.id);
  }
}

TEST(LogIdentityOnDisk, TheKeyIsForItsOwnerAlone) {
  const TempFolder folder;
  PosixFiles files;
  ASSERT_TRUE(files.make_folder(folder / "log").is_ok());
  ASSERT_TRUE(open_identity(files, folder / "log", false).is_ok());
  struct stat st {};
  ASSERT_EQ(::stat((folder / "log/key").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777, 0600u);
}

TEST(LogGeneration, IsRaisedDurablyAndNeverLowered) {
  FakeFiles files;
  {
    const auto log = std::move(Log::open(files, "/log")).value();
    EXPECT_EQ(log->generation(), 1u);
    ASSERT_TRUE(log->raise_generation(4).is_ok());
    ASSERT_TRUE(log->raise_generation(2).is_ok());
    EXPECT_EQ(log->generation(), 4u);
    files.fail_next(FakeFiles::Operation::sync, unavailable("no"));
    EXPECT_FALSE(log->raise_generation(9).is_ok());
    EXPECT_EQ(log->generation(), 4u);
  }
  files.crash(1);
  EXPECT_EQ(std::move(Log::open(files, "/log")).value()->generation(), 4u);
}

}  // namespace
}  // namespace spoor::collector
