#include "collector/index/session_sums.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <variant>

namespace spoor::collector {
namespace {

using Item = std::variant<Command, v1::Event>;

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

Item random_item(std::mt19937& random) {
  const auto pick = [&](size_t n) { return random() % n; };
  if (pick(3) == 0) {
    Command c;
    c.end = static_cast<Command::End>(pick(5));
    c.exit_code = static_cast<uint32_t>(pick(2));
    c.as_root = pick(2) == 0;
    return c;
  }
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

void add(const Item& item, SessionSums& sums) {
  std::visit([&](const auto& what) { sums.add(what); }, item);
}

// Many names, so that the count of different files passes its bound in some of the parts.
TEST(SessionSums, AnySplitInAnyOrderGivesTheSame) {
  std::mt19937 random(20231114);
  std::vector<Item> items;
  for (int i = 0; i < 60'000; ++i) items.push_back(random_item(random));
  SessionSums whole;
  for (const Item& item : items) add(item, whole);
  EXPECT_FALSE(whole.files_changed.is_exact());
  for (int round = 0; round < 5; ++round) {
    std::shuffle(items.begin(), items.end(), random);
    std::vector<SessionSums> parts(1 + random() % 9);
    for (const Item& item : items) add(item, parts[random() % parts.size()]);
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
