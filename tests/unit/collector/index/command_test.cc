#include "collector/index/command.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(Command, RootIsAnotherWhereSomebodyElseLoggedIn) {
  v1::Event e;
  e.mutable_command_started()->mutable_credentials()->set_euid(0);
  EXPECT_FALSE(is_as_other(e));  // nobody logged in
  e.mutable_actor()->set_login_uid(1000);
  EXPECT_TRUE(is_as_other(e) && is_as_root(e));
  e.mutable_command_started()->mutable_credentials()->set_euid(33);
  EXPECT_TRUE(is_as_other(e) && !is_as_root(e));
  e.mutable_command_started()->mutable_credentials()->set_euid(1000);
  EXPECT_FALSE(is_as_other(e) || is_as_root(e));
}

}  // namespace
}  // namespace spoor::collector
