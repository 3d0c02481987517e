#include "agent/spool/commit_inbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace spoor::agent {
namespace {

// Real files: what is tested is what the kernel does with O_NOFOLLOW and O_NONBLOCK.
class CommitInboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/spoor-inbox-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    for (const char* name : {"/command", "/elsewhere"}) unlink((folder_ + name).c_str());
    rmdir(folder_.c_str());
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + name) << text;
  }
  CommitInbox inbox() { return CommitInbox(folder_, getuid()); }

  std::string folder_;
};

TEST_F(CommitInboxTest, ReadsWhatTheUplinkWrote) {
  CommitNote note;
  note.sequence = 42;
  EXPECT_EQ(inbox().read(EventClass::command).code(), Code::not_found);
  write("/command", encode_commit_note(note));
  const auto read = inbox().read(EventClass::command);
  ASSERT_TRUE(read.is_ok()) << read.status().message();
  EXPECT_EQ(read->sequence, 42u);
}

TEST_F(CommitInboxTest, SymbolicLinkIsNotFollowed) {
  write("/elsewhere", encode_commit_note({}));
  ASSERT_EQ(symlink((folder_ + "/elsewhere").c_str(), (folder_ + "/command").c_str()), 0);
  EXPECT_EQ(inbox().read(EventClass::command).code(), Code::denied);
}

TEST_F(CommitInboxTest, FifoNeitherBlocksNorCounts) {
  ASSERT_EQ(mkfifo((folder_ + "/command").c_str(), 0600), 0);
  EXPECT_EQ(inbox().read(EventClass::command).code(), Code::denied);
}

TEST_F(CommitInboxTest, LongFileIsNotRead) {
  write("/command", encode_commit_note({}));
  ASSERT_EQ(truncate((folder_ + "/command").c_str(), 1 << 30), 0);
  EXPECT_EQ(inbox().read(EventClass::command).code(), Code::denied);
}

TEST_F(CommitInboxTest, FileOfSomebodyElseIsNotBelieved) {
  write("/command", encode_commit_note({}));
  EXPECT_EQ(CommitInbox(folder_, getuid() + 1).read(EventClass::command).code(), Code::denied);
}

TEST_F(CommitInboxTest, JunkIsInvalid) {
  write("/command", "commit everything, please\n");
  EXPECT_EQ(inbox().read(EventClass::command).code(), Code::invalid);
}

}  // namespace
}  // namespace spoor::agent
