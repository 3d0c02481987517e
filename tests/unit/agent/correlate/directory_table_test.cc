#include "agent/correlate/directory_table.h"

#include <ctime>

#include "agent/audit_event.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr DirectoryId kHome{"08:01", 10}, kWork{"08:01", 11}, kDeep{"08:01", 12},
    kEtc{"fd:00", 10}, kElsewhere{"08:01", 99};

TEST(DirectoryTable, IsOfASession) {
  DirectoryTable table;
  table.learn(3, kHome, "/home");
  EXPECT_EQ(table.find(3, kHome), "/home");
  EXPECT_EQ(table.find(4, kHome), "");
  EXPECT_EQ(table.find(3, kEtc), "");  // the same inode of another device
  table.learn(3, kHome, "/mnt");
  EXPECT_EQ(table.find(3, kHome), "/mnt");
  EXPECT_EQ(table.size(), 1u);
}

TEST(DirectoryTable, NothingIsLearntOfNobodyOrNothing) {
  DirectoryTable table;
  table.learn(kUnsetId, kHome, "/home");
  table.learn(3, {"08:01", 0}, "/home");
  for (const char* device : {"", "08", "08:", ":01", "08:01x", "x:y", "08-01"}) {
    table.learn(3, {device, 10}, "/home");
  }
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.find(3, {"", 0}), "");
}

void fill(DirectoryTable& table, uint32_t ses) {
  table.learn(ses, kHome, "/home");
  table.learn(ses, kWork, "/home/alice");
  table.learn(ses, kDeep, "/home/alice/deep");
  table.learn(ses, kEtc, "/homework");
}

TEST(DirectoryTable, WhatMovesTakesWithItWhatIsBelow) {
  DirectoryTable table;
  fill(table, 3);
  fill(table, 4);
  table.forget(kWork, "", true);  // by its number, in each session
  for (const uint32_t ses : {3u, 4u}) {
    EXPECT_EQ(table.find(ses, kHome), "/home");
    EXPECT_EQ(table.find(ses, kWork), "");
    EXPECT_EQ(table.find(ses, kDeep), "");
    EXPECT_EQ(table.find(ses, kEtc), "/homework");
  }
  table.forget(kElsewhere, "/home", true);  // by its path
  EXPECT_EQ(table.find(3, kHome), "");
  EXPECT_EQ(table.find(3, kEtc), "/homework");
}

TEST(DirectoryTable, AnUnknownOneThatMovesTakesAll) {
  DirectoryTable table;
  fill(table, 3);
  table.forget(kElsewhere, "", false);  // removed: it was empty
  EXPECT_EQ(table.size(), 4u);
  table.forget(kElsewhere, "", true);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

// Sessions that call it by a path of their own lose what is below that one, too.
TEST(DirectoryTable, EachPathThatItHadGoes) {
  DirectoryTable table;
  fill(table, 3);
  table.learn(4, kWork, "/mnt");
  table.learn(4, kDeep, "/mnt/deep");
  table.learn(4, kElsewhere, "/mnt-2");
  table.learn(4, kHome, "/");
  table.forget(kWork, "/home/alice", true);
  EXPECT_EQ(table.find(3, kDeep), "");
  EXPECT_EQ(table.find(4, kWork), "");
  EXPECT_EQ(table.find(4, kDeep), "");
  EXPECT_EQ(table.find(4, kElsewhere), "/mnt-2");
  EXPECT_EQ(table.size(), 4u);
  table.forget(kHome, "", false);  // "/" to one of them
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST(DirectoryTable, WhoDoesNotKnowOneThatMovedLosesAll) {
  DirectoryTable table;
  fill(table, 3);
  table.learn(4, kHome, "/home");
  table.learn(5, kElsewhere, "/srv");
  table.learn(kUnsetId - 1, kElsewhere, "/srv");
  table.forget(kElsewhere, "", true);
  EXPECT_EQ(table.size(), 0u);
  fill(table, 3);
  table.learn(4, kHome, "/home");
  table.learn(kUnsetId - 1, kWork, "/srv");
  table.forget(kWork, "", true);
  EXPECT_EQ(table.find(3, kHome), "/home");
  EXPECT_EQ(table.find(4, kHome), "");
  EXPECT_EQ(table.size(), 2u);  // and /homework
}

// All of btrfs's subvolumes have one device, and each counts its inodes from 256.
TEST(DirectoryTable, NumbersThatAreOfMoreThanOneFileTellNothing) {
  DirectoryTable table;
  const DirectoryId subvolume{"00:1f", 259};
  table.learn(3, subvolume, "/etc");
  EXPECT_EQ(table.find(3, subvolume), "");
  table.learn(3, kHome, "/home");
  EXPECT_EQ(table.find(3, kHome), "/home");
  // Of a tmpfs, and of none but what is mounted.
  table.set_devices(std::make_shared<const Devices>(Devices{device_number(0, 0x1f)}));
  EXPECT_EQ(table.find(3, kHome), "");  // paths may lead elsewhere now
  table.learn(3, subvolume, "/tmp");
  table.learn(3, kHome, "/home");
  EXPECT_EQ(table.find(3, subvolume), "/tmp");
  EXPECT_EQ(table.find(3, kHome), "");
  table.set_devices(std::make_shared<const Devices>());
  EXPECT_EQ(table.size(), 0u);
}

TEST(DirectoryTable, APathThatChangedIsFoundByTheNewOneOnly) {
  DirectoryTable table;
  const std::string name(100, 'x'), old_path = "/b/" + name, new_path = "/y/" + name;
  table.learn(3, kWork, old_path);
  for (uint64_t inode = 100; inode < 126; ++inode) {
    table.learn(3, {"08:01", inode}, std::string("/") + static_cast<char>('a' + inode - 100));
  }
  table.learn(3, kWork, new_path);
  table.forget(kElsewhere, "/b", false);
  EXPECT_EQ(table.find(3, kWork), new_path);
  EXPECT_EQ(table.size(), 26u);
  table.forget(kElsewhere, "/y", false);
  EXPECT_EQ(table.find(3, kWork), "");
  EXPECT_EQ(table.size(), 24u);
  table.forget(kElsewhere, "/", false);
  EXPECT_EQ(table.bytes(), 0u);
}

// `rm -rf` of a large tree, beside a full table: none of it is known here.
TEST(DirectoryTable, ForgettingWhatIsNotKnownLooksAtNothing) {
  DirectoryTable table;
  const std::string path = "/srv/" + std::string(60, 'x');
  for (uint64_t inode = 1; inode <= 6'000; ++inode) {
    table.learn(3, {"08:01", inode}, path + std::to_string(inode));
  }
  const auto cpu = [] { return std::clock(); };
  const auto begun = cpu();
  for (uint64_t i = 0; i < 10'000; ++i) {
    table.forget({"08:01", 100'000 + i}, "/tmp/tree/" + std::to_string(i), false);
  }
  // 10 ms; 1.8 s where each looks at all.
  EXPECT_LT(cpu() - begun, CLOCKS_PER_SEC / 2);
  EXPECT_GT(table.size(), 5'000u);
}

TEST(DirectoryTable, ASessionWithTwoTreesIsGivenUp) {
  DirectoryTable table;
  fill(table, 3);
  fill(table, 4);
  table.give_up_session(3);
  table.learn(3, kHome, "/home");
  EXPECT_EQ(table.find(3, kHome), "");
  EXPECT_EQ(table.find(4, kHome), "/home");
  table.forget_all();
  EXPECT_EQ(table.find(4, kHome), "");
}

TEST(DirectoryTable, ASessionThatEndedIsGivenUpNoMore) {
  DirectoryTable table;
  for (uint32_t ses = 1; ses <= 3 * kSessionsMax; ++ses) {
    table.give_up_session(ses);
    table.session_ended(ses);
  }
  EXPECT_EQ(table.given_up_before(), 0u);
  EXPECT_FALSE(table.has_given_up(kSessionsMax));
  fill(table, 3);
  table.session_ended(3);
  EXPECT_EQ(table.size(), 0u);
}

TEST(DirectoryTable, OfTooManyGivenUpTheOldestTakesTheOlderWithIt) {
  DirectoryTable table;
  fill(table, 8);
  fill(table, 10);
  fill(table, 1'000'000);
  for (uint32_t ses = 9; ses < 10 + kSessionsMax; ++ses) {
    if (ses != 10) table.give_up_session(ses);
  }
  EXPECT_EQ(table.given_up_before(), 0u);
  EXPECT_FALSE(table.has_given_up(8));
  table.give_up_session(500'000);
  EXPECT_EQ(table.given_up_before(), 10u);
  EXPECT_TRUE(table.has_given_up(8));
  EXPECT_EQ(table.find(8, kHome), "");
  table.learn(8, kHome, "/home");
  EXPECT_EQ(table.find(8, kHome), "");
  EXPECT_EQ(table.find(10, kHome), "/home");
  EXPECT_TRUE(table.has_given_up(11));
  // And those that come later are learnt of, for ever.
  EXPECT_EQ(table.find(1'000'000, kHome), "/home");
  table.learn(1'000'001, kHome, "/home");
  EXPECT_EQ(table.find(1'000'001, kHome), "/home");
}

TEST(DirectoryTable, WhoIsGivenUpIsSaved) {
  DirectoryTable table;
  for (uint32_t ses = 5; ses <= 6 + kSessionsMax; ++ses) table.give_up_session(ses);
  ASSERT_EQ(table.given_up_before(), 7u);
  std::string saved;
  table.save(saved);
  DirectoryTable after;
  BlobReader from(saved);
  ASSERT_TRUE(after.restore(from));
  EXPECT_TRUE(from.at_end());
  for (const uint32_t ses : {0u, 6u, 7u, 6u + static_cast<uint32_t>(kSessionsMax)}) {
    EXPECT_TRUE(after.has_given_up(ses)) << ses;
  }
  EXPECT_FALSE(after.has_given_up(7 + kSessionsMax));
  for (size_t size = 0; size < saved.size(); size += 5) {
    BlobReader torn(std::string_view(saved).substr(0, size));
    ASSERT_FALSE(after.restore(torn));
    ASSERT_FALSE(after.has_given_up(7));
  }
  std::string too_many;
  append_le(too_many, uint64_t{0});
  append_le(too_many, uint32_t{0xFFFFFFFF});
  too_many.resize(1 << 20);
  BlobReader many(too_many);
  EXPECT_FALSE(after.restore(many));
}

TEST(DirectoryTable, StaysWithinItsBytesAndKeepsWhatIsUsed) {
  DirectoryTable table;
  table.learn(3, kHome, "/home");
  const std::string path = "/" + std::string(2000, 'x');
  for (uint64_t inode = 1000; inode < 3000; ++inode) {
    table.learn(3, {"08:02", inode}, path);
    EXPECT_LE(table.bytes(), kDirectoryTableBytesMax);
    ASSERT_EQ(table.find(3, kHome), "/home");
  }
  EXPECT_EQ(table.find(3, {"08:02", 1000}), "");
  EXPECT_EQ(table.find(3, {"08:02", 2999}), path);
  EXPECT_GT(table.bytes(), kDirectoryTableBytesMax * 8 / 10);
}

}  // namespace
}  // namespace spoor::agent
