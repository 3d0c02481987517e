#include "collector/state/database.h"

#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

constexpr const char* kFirst = "CREATE TABLE a(k TEXT PRIMARY KEY, n INTEGER) STRICT;";
constexpr const char* kSecond = "ALTER TABLE a ADD COLUMN m INTEGER NOT NULL DEFAULT 7;";
constexpr const char* kOld[] = {kFirst};
constexpr const char* kNew[] = {kFirst, kSecond};

class DatabaseTest : public testing::Test {
 protected:
  Database open(std::span<const char* const> steps = kOld) {
    auto opened = Database::open(path_, steps);
    EXPECT_TRUE(opened.is_ok()) << opened.status().message();
    return std::move(opened).value();
  }
  static std::vector<int64_t> numbers(Database& db,
                                      const char* sql = "SELECT n FROM a ORDER BY k") {
    std::vector<int64_t> out;
    EXPECT_TRUE(db.run(sql, {}, [&](const auto& r) { out.push_back(r.integer(0)); }).is_ok());
    return out;
  }
  static Status add(Database& db, const std::string& key, int64_t number) {
    return db.run("INSERT INTO a(k, n) VALUES(?, ?)", {key, number});
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "state.db";
};

TEST_F(DatabaseTest, KeepsWhatWasPutInAndIsForItsOwnerAlone) {
  {
    Database db = open();
    ASSERT_TRUE(add(db, std::string("a\0b'\"\xff", 6), INT64_MIN).is_ok());
    struct stat info {};
    for (const char* end : {"", "-wal", "-shm"}) {
      ASSERT_EQ(::stat((path_ + end).c_str(), &info), 0) << end;
      EXPECT_EQ(info.st_mode & 0777, 0600u) << end;
    }
  }
  Database db = open();
  std::string key;
  ASSERT_TRUE(db.run("SELECT k FROM a", {}, [&](const auto& r) { key = r.text(0); }).is_ok());
  EXPECT_EQ(key, std::string("a\0b'\"\xff", 6));
  EXPECT_EQ(numbers(db), std::vector<int64_t>{INT64_MIN});
}

TEST_F(DatabaseTest, EveryTransactionIsSynced) {
  Database db = open();
  EXPECT_EQ(numbers(db, "PRAGMA synchronous"), std::vector<int64_t>{2});  // FULL
  std::string mode;
  ASSERT_TRUE(
      db.run("PRAGMA journal_mode", {}, [&](const DatabaseRow& r) { mode = r.text(0); }).is_ok());
  EXPECT_EQ(mode, "wal");
}

TEST_F(DatabaseTest, AFailureInATransactionLeavesNothingOfIt) {
  Database db = open();
  ASSERT_TRUE(add(db, "x", 1).is_ok());
  const Status failed = db.transaction([&] {
    RETURN_IF_ERROR(add(db, "y", 2));
    return add(db, "x", 3);
  });
  EXPECT_EQ(failed.code(), Code::invalid);
  EXPECT_EQ(numbers(db), std::vector<int64_t>{1});
  EXPECT_TRUE(db.transaction([&] { return add(db, "y", 2); }).is_ok());
  EXPECT_EQ(numbers(db), (std::vector<int64_t>{1, 2}));
}

TEST_F(DatabaseTest, ANewerVersionAppendsItsStepsAndAnOlderOneKeepsItsHandsOff) {
  {
    Database db = open();
    ASSERT_TRUE(add(db, "x", 1).is_ok());
  }
  {
    Database db = open(kNew);
    EXPECT_EQ(numbers(db, "SELECT m FROM a"), std::vector<int64_t>{7});
  }
  EXPECT_EQ(Database::open(path_, kOld).code(), Code::denied);
  Database again = open(kNew);
  EXPECT_EQ(numbers(again), std::vector<int64_t>{1});
}

TEST_F(DatabaseTest, SeesWhatOthersChangeAndNotWhatItChanges) {
  Database mine = open();
  Database other = open();
  EXPECT_TRUE(mine.was_changed_by_others().value());
  ASSERT_TRUE(add(mine, "x", 1).is_ok());
  EXPECT_FALSE(mine.was_changed_by_others().value());
  ASSERT_TRUE(add(other, "y", 2).is_ok());
  EXPECT_TRUE(mine.was_changed_by_others().value());
  EXPECT_FALSE(mine.was_changed_by_others().value());
}

TEST_F(DatabaseTest, WhoOnlyReadsChangesNothingAndSeesOneState) {
  EXPECT_FALSE(Database::open_to_read(path_).is_ok());
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
  Database db = open();
  ASSERT_TRUE(add(db, "x", 1).is_ok());
  Database reader = Database::open_to_read(path_).value();
  EXPECT_FALSE(add(reader, "y", 2).is_ok());
  ASSERT_TRUE(reader.run("BEGIN").is_ok());
  EXPECT_EQ(numbers(reader), std::vector<int64_t>{1});
  ASSERT_TRUE(add(db, "y", 2).is_ok());
  EXPECT_EQ(numbers(reader), std::vector<int64_t>{1});
  ASSERT_TRUE(reader.run("COMMIT").is_ok());
  EXPECT_EQ(numbers(reader), (std::vector<int64_t>{1, 2}));
}

TEST_F(DatabaseTest, WhatIsNoDatabaseIsSaid) {
  std::ofstream(path_) << std::string(4096, 'x');
  EXPECT_EQ(Database::open(path_, kOld).code(), Code::corrupt);
  EXPECT_EQ(Database::open(folder_ / "no/such/state.db", kOld).code(), Code::not_found);
  const std::string link = folder_ / "link.db";
  ASSERT_EQ(::symlink((folder_ / "elsewhere").c_str(), link.c_str()), 0);
  EXPECT_FALSE(Database::open(link, kOld).is_ok());
  EXPECT_NE(::access((folder_ / "elsewhere").c_str(), F_OK), 0);
}

}  // namespace
}  // namespace spoor::collector
