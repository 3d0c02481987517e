#include "agent/source/audit_control.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>

#include "agent/limits.h"
#include "agent/source/rule_line.h"
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

// Descriptors of ours that are sockets, with the room that each has for what comes.
std::map<int, int> receive_buffers() {
  std::map<int, int> buffers;
  for (int fd = 0; fd < 1024; ++fd) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size) == 0) buffers[fd] = bytes;
  }
  return buffers;
}

// The kernel leaves out of a list what finds no room, when we are not let read at once.
TEST(AuditControlTest, TheLongestListOfRulesFindsRoom) {
  SPOOR_NEEDS_ROOT();
  constexpr size_t kMessageBytes = 2'304;  // what a rule's message takes in a socket's buffer
  const auto before = receive_buffers();
  const auto control = AuditControl::open();
  ASSERT_TRUE(control.is_ok()) << control.status().message();
  auto opened = receive_buffers();
  std::erase_if(opened, [&](const auto& there) { return before.contains(there.first); });
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_GE(static_cast<size_t>(opened.begin()->second), kRulesMax * kMessageBytes);
}

TEST(AuditControlTest, ARulesPlaceIsTheFileItsFolderOrNothing) {
  auto control = AuditControl::open();
  ASSERT_TRUE(control.is_ok()) << control.status().message();
  const auto place = [&](const std::string& fields) {
    const auto line =
        parse_rule_line("-a always,exit -F uid=0 " + fields + " -k spoor-x", "f:1", {});
    EXPECT_TRUE(line.is_ok()) << line.status().message();
    return control->place_of(line->rule);
  };
  using Place = RuleKernel::Place;
  EXPECT_EQ(place(""), Place::there);
  EXPECT_EQ(place("-F path=/etc/no-such-file"), Place::there);  // it may come
  EXPECT_EQ(place("-F path=/no-such-folder/file"), Place::missing);
  EXPECT_EQ(place("-F path=/etc/passwd/file"), Place::missing);
  EXPECT_EQ(place("-F exe=/no-such-folder/program"), Place::missing);
  EXPECT_EQ(place("-F dir=/etc"), Place::there);
  EXPECT_EQ(place("-F dir=/etc/"), Place::there);
  EXPECT_EQ(place("-F dir=/etc/no-such-folder"), Place::missing);
}

}  // namespace
}  // namespace spoor::agent
