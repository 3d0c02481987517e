#include "agent/source/audit_control.h"

#include <gtest/gtest.h>

#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// Reads only: what the kernel's audit system does is not this test's to change.
TEST(AuditControlTest, StatusAndRulesAreReadable) {
  SPOOR_NEEDS_ROOT();
  auto control = AuditControl::open();
  ASSERT_TRUE(control.is_ok()) << control.status().message();
  for (int i = 0; i < 3; ++i) {  // answers do not get out of step with questions
    const auto status = control->status();
    ASSERT_TRUE(status.is_ok()) << status.status().message();
    EXPECT_LE(status->enabled, 2u);
    EXPECT_LE(status->failure, 2u);
    const auto rules = control->rules();
    ASSERT_TRUE(rules.is_ok()) << rules.status().message();
  }
}

}  // namespace
}  // namespace spoor::agent
