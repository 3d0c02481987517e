#include "collector/index/session_sums.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

v1::Event file(v1::FileAccess::Operation operation, const std::string& path) {
  v1::Event e;
  e.mutable_file_access()->set_operation(operation);
  e.mutable_file_access()->set_path(path);
  e.mutable_file_access()->set_path_resolved(true);
  return e;
}

v1::Event network(v1::Network::Operation operation, const std::string& address) {
  v1::Event e;
  e.mutable_network()->set_operation(operation);
  e.mutable_network()->set_remote_address(address);
  return e;
}

v1::Event refused(v1::Event e) {
  e.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  return e;
}

v1::Event claimed(v1::Event e) {
  e.mutable_attribution()->set_confidence(v1::Attribution::CONFIDENCE_CLAIMED);
  return e;
}

SessionSums sums_of(const std::vector<v1::Event>& events) {
  SessionSums out;
  for (const v1::Event& event : events) out.add(event);
  return out;
}

TEST(SessionSums, FilesAreWhatWasChangedByName) {
  using F = v1::FileAccess;
  v1::Event rename = file(F::OPERATION_RENAME, "/b");
  rename.mutable_file_access()->set_new_path("/c");
  rename.mutable_file_access()->set_new_path_resolved(true);
  v1::Event link = file(F::OPERATION_LINK, "/kept");
  link.mutable_file_access()->set_new_path("/d");
  link.mutable_file_access()->set_new_path_resolved(true);
  const SessionSums s =
      sums_of({file(F::OPERATION_CREATE, "/a"), file(F::OPERATION_WRITE_OPEN, "/a"), rename, link,
               file(F::OPERATION_READ_OPEN, "/read"), refused(file(F::OPERATION_DELETE, "/e"))});
  EXPECT_EQ(s.file_changes, 4u);
  EXPECT_EQ(s.files_changed.count(), 4u);  // a, b, c, d
}

TEST(SessionSums, NamesInDifferentDirectoriesAreDifferentFiles) {
  v1::Event one = file(v1::FileAccess::OPERATION_CREATE, "new");
  one.mutable_file_access()->set_path_resolved(false);
  one.mutable_file_access()->set_directory_device("00:fe");
  one.mutable_file_access()->set_directory_inode(1);
  v1::Event other = one;
  other.mutable_file_access()->set_directory_inode(2);
  EXPECT_EQ(sums_of({one, other, one}).files_changed.count(), 2u);
  // fchmod(2) has no name at all: what it was given is its PATH's inode.
  v1::Event by_descriptor = file(v1::FileAccess::OPERATION_MODE, "");
  by_descriptor.mutable_file_access()->set_path_resolved(false);
  v1::PathItem& item = *by_descriptor.mutable_file_access()->add_paths();
  item.set_device("08:01");
  std::vector<v1::Event> thousand;
  for (uint64_t inode = 1; inode <= 1000; ++inode) {
    item.set_inode(inode);
    thousand.push_back(by_descriptor);
    thousand.push_back(by_descriptor);
  }
  EXPECT_EQ(sums_of(thousand).files_changed.count(), 1000u);
}

TEST(SessionSums, HostsAreContactedWhetherTheyAnswerOrNot) {
  using N = v1::Network;
  const SessionSums s = sums_of({network(N::OPERATION_CONNECT, "192.0.2.1"),
                                 refused(network(N::OPERATION_CONNECT, "192.0.2.2")),
                                 network(N::OPERATION_SEND, "192.0.2.1"),
                                 network(N::OPERATION_CONNECT, ""),  // a Unix socket
                                 network(N::OPERATION_ACCEPT, "192.0.2.3")});
  EXPECT_EQ(s.connections, 3u);
  EXPECT_EQ(s.hosts_contacted.count(), 2u);
}

TEST(SessionSums, AMappedAddressIsTheSameHost) {
  using N = v1::Network;
  const auto hosts = [](const std::vector<std::string>& addresses) {
    SessionSums sums;
    for (const std::string& address : addresses) sums.add(network(N::OPERATION_CONNECT, address));
    return sums.hosts_contacted.count();
  };
  EXPECT_EQ(hosts({"192.0.2.1", "::ffff:192.0.2.1", "::FFFF:c000:201"}), 1u);
  EXPECT_EQ(hosts({"192.0.2.1", "::ffff:192.0.2.2", "::192.0.2.1", "2001:db8::1"}), 4u);
  EXPECT_EQ(hosts({"::ffff:192.0.2.1x", "::ffff:", "192.0.2.1"}), 3u);  // no addresses
}

TEST(SessionSums, WhatALogFileClaimsCountsNowhere) {
  v1::Event sudo;
  sudo.mutable_privilege_change();
  v1::Event forged;
  forged.mutable_log_message()->set_disbelieved(true);
  v1::Event record;
  record.mutable_disbelieved_record();
  v1::Event loss;
  loss.mutable_loss();
  v1::Event typed;
  typed.mutable_typed_input();
  const SessionSums s = sums_of({sudo, claimed(sudo), refused(sudo), claimed(refused(sudo)),
                                 claimed(forged), record, loss, typed});
  EXPECT_EQ(s.privilege_changes, 1u);
  EXPECT_EQ(s.privilege_refused, 1u);
  EXPECT_EQ(s.disbelieved, 2u);
  EXPECT_EQ(s.losses, 1u);
  EXPECT_EQ(s.typed_lines, 1u);
}

v1::Event command(uint32_t pid, bool as_root, bool has_failed) {
  v1::Event e;
  e.mutable_actor()->set_login_uid(1000);
  v1::CommandStarted& started = *e.mutable_command_started();
  started.mutable_command()->mutable_process()->set_pid(pid);
  started.mutable_command()->mutable_process()->set_birth_ns(pid);
  started.mutable_command()->set_exec_number(1);
  started.mutable_credentials()->set_euid(as_root ? 0 : 1000);
  return has_failed ? refused(e) : e;
}

v1::Event end(uint32_t pid, uint32_t exec_number = 1) {
  v1::Event e;
  v1::ProcessEnded& ended = *e.mutable_process_ended();
  ended.mutable_process()->set_pid(pid);
  ended.mutable_process()->set_birth_ns(pid);
  ended.mutable_command()->set_exec_number(exec_number);
  ended.set_exit_code(0);
  return e;
}

TEST(SessionSums, CommandsCountWithTheirEnds) {
  v1::Event failed = end(2);
  failed.mutable_process_ended()->set_exit_code(1);
  v1::Event killed = end(3);
  killed.mutable_process_ended()->set_signal(9);
  v1::Event unseen = end(4);
  unseen.mutable_process_ended()->clear_end();
  const SessionSums s = sums_of(
      {command(1, false, false), command(2, true, false), failed, killed, command(3, false, false),
       command(4, false, false), unseen, command(5, false, true), command(6, false, false),
       command(6, false, false), end(7, 0), failed});
  EXPECT_EQ(s.commands, 7u);
  EXPECT_EQ(s.commands_as_root, 1u);
  EXPECT_EQ(s.commands_failed, 3u);  // 2, 3 and 5
  EXPECT_EQ(s.commands_end_unseen, 1u);
  EXPECT_EQ(s.commands_running(), 2u);  // 1, and 6, which executed twice
}

// Ends whose command is of another session are kept for it within a bound.
TEST(SessionSums, EndsOfOthersAreBounded) {
  SessionSums sums;
  for (uint32_t pid = 1; pid <= kOpenEndsMax + 10; ++pid) sums.add(end(pid));
  for (uint32_t pid = 1; pid <= kOpenEndsMax + 10; ++pid) sums.add(command(pid, false, false));
  EXPECT_EQ(sums.commands_running(), 10u);
}

v1::Event random_event(std::mt19937& random) {
  const auto pick = [&](size_t n) { return random() % n; };
  v1::Event e;
  switch (pick(6)) {
    case 0: e = file(v1::FileAccess::OPERATION_CREATE, std::to_string(pick(1'000'000))); break;
    case 1: e = network(v1::Network::OPERATION_CONNECT, std::to_string(pick(50))); break;
    case 2: e.mutable_privilege_change(); break;
    case 3: e.mutable_typed_input(); break;
    case 4: e.mutable_disbelieved_record(); break;
    default: e.mutable_loss(); break;
  }
  if (pick(4) == 0) e = refused(e);
  if (pick(9) == 0) e = claimed(e);
  if (pick(9) == 0) e.add_incomplete(v1::INCOMPLETE_LATE);
  return e;
}

// Of one process: it runs a command, ends, or both.
void add_process(std::mt19937& random, uint32_t pid, std::vector<v1::Event>& events) {
  if (random() % 8 != 0) events.push_back(command(pid, random() % 2, random() % 5 == 0));
  if (random() % 8 == 0) return;
  v1::Event ended = end(pid);
  if (random() % 3 == 0) ended.mutable_process_ended()->set_signal(15);
  if (random() % 9 == 0) ended.mutable_process_ended()->clear_end();
  events.push_back(ended);
}

// Many names, so that the count of different files passes its bound in some of the parts.
TEST(SessionSums, AnySplitInAnyOrderGivesTheSame) {
  std::mt19937 random(20231114);
  std::vector<v1::Event> items;
  for (uint32_t i = 0; i < 40'000; ++i) {
    items.push_back(random_event(random));
    if (i % 20 == 0) add_process(random, i, items);
  }
  const SessionSums whole = sums_of(items);
  EXPECT_GT(whole.commands_running(), 100u);
  EXPECT_FALSE(whole.files_changed.is_exact());
  for (int round = 0; round < 5; ++round) {
    std::shuffle(items.begin(), items.end(), random);
    std::vector<SessionSums> parts(1 + random() % 9);
    for (const v1::Event& item : items) parts[random() % parts.size()].add(item);
    while (parts.size() > 1) {  // added two at a time, any two
      std::shuffle(parts.begin(), parts.end(), random);
      parts[parts.size() - 2].add(parts.back());
      parts.pop_back();
    }
    EXPECT_EQ(parts[0], whole) << round;
  }
}

}  // namespace
}  // namespace spoor::collector
