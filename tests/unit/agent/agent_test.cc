#include "agent/agent.h"

#include <gtest/gtest.h>

#include "common/files.h"
#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

// Uid 0 without capabilities can still write what root owns.
TEST(AgentTest, RootIsRefusedBeforeAnythingIsTouched) {
  SPOOR_NEEDS_ROOT();
  TempFolder folder;
  Config config;
  config.spool_folder = folder / "spool";
  config.state_folder = folder / "state";
  EXPECT_EQ(Agent::start("", config).status().code(), Code::denied);
  PosixFiles files;
  EXPECT_EQ(files.list(folder / "spool").code(), Code::not_found);
  EXPECT_EQ(files.list(folder / "state").code(), Code::not_found);
}

}  // namespace
}  // namespace spoor::agent
