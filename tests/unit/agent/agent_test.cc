#include "agent/agent.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "agent/spool/spool.h"
#include "common/files.h"

namespace spoor::agent {
namespace {

class AgentReplayTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/spoor-agent-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    config_.host = "web1";
    config_.machine_id_file = folder_ + "/machine-id";
    std::ofstream(config_.machine_id_file) << "0123456789abcdef0123456789abcdef\n";
    config_.spool_folder = folder_ + "/spool";
    config_.state_folder = folder_ + "/state";
    config_.commit_user = "0";
    config_.commit_folder = folder_ + "/commit";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  Config config_;
};

TEST_F(AgentReplayTest, RecordingEndsUpInTheSpool) {
  std::ofstream(folder_ + "/recording")
      << "type=USER_LOGIN msg=audit(1700000000.001:7): pid=5 uid=0 auid=1 ses=1 "
         "msg='op=login acct=\"a\" exe=\"/usr/sbin/sshd\" res=success'\n";
  const Status status = replay(config_, folder_ + "/recording");
  ASSERT_TRUE(status.is_ok()) << status.message();
  PosixFiles files;
  SystemClock clock;
  SpoolConfig spool_config;
  spool_config.folder = config_.spool_folder;
  const auto spool = Spool::open(files, clock, spool_config);
  ASSERT_TRUE(spool.is_ok());
  EXPECT_EQ((*spool)->stream(EventClass::access).head.sequence, 1u);
  EXPECT_EQ((*spool)->epoch(), 2u);
}

TEST_F(AgentReplayTest, RecordingThatIsNotThereIsSaid) {
  EXPECT_EQ(replay(config_, folder_ + "/nothing").code(), Code::not_found);
}

}  // namespace
}  // namespace spoor::agent
