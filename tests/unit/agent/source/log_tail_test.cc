// Everything on real files, in the order that the test chooses.
#include "agent/source/log_tail.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "agent/limits.h"
#include "common/clock.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

constexpr int64_t kNow = 1'795'348'800 * kNsPerSecond;

// The log's folder, who writes to it and rotates it, and who reads.
class LogTailTest : public testing::Test {
 protected:
  LogTailTest() : path_(folder_ / "auth.log") { restart(); }

  void write(const std::string& bytes) { append(path_, bytes); }
  static void append(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
  }
  void rename(const std::string& from, const std::string& to) {
    std::filesystem::rename(folder_ / from, folder_ / to);
  }
  void copy_and_truncate(const std::string& to) {
    std::filesystem::copy_file(path_, folder_ / to);
    std::filesystem::resize_file(path_, 0);
  }
  // The reader of before is gone; the next one has what the last line said.
  void restart() {
    tail_.emplace(path_);
    tail_->resume(cursor_);
  }
  // Messages since the last time, a blank after each; `!` where lines were lost.
  std::string told(size_t bytes_max = 1u << 20) {
    std::string text;
    while (tail_->read(kNow, bytes_max, [&](const LogItem& item) {
      const auto* line = std::get_if<LogLine>(&item);
      if (line == nullptr) {
        const LogPosition& position = std::get<LogPosition>(item);
        if (position.lines_lost) text += "! ";
        cursor_ = position.cursor;
        return;
      }
      EXPECT_EQ(line->origin, path_);
      text += std::string(line->message) + (line->is_cut ? "… " : " ");
      cursor_ = line->cursor;
    })) {
      if (bytes_max < 100) break;
    }
    return text;
  }

  TempFolder folder_;
  std::string path_, cursor_;
  std::optional<LogTail> tail_;
};

TEST_F(LogTailTest, BeginsAtTheEndAndGivesWhatComes) {
  write("old\n");
  EXPECT_EQ(told(), "");
  EXPECT_FALSE(cursor_.empty()) << "where we began is to be known, too";
  write("a\nb\n");
  EXPECT_EQ(told(), "a b ");
  EXPECT_EQ(told(), "");
  restart();
  EXPECT_EQ(told(), "");
  write("c\n");
  EXPECT_EQ(told(), "c ");
}

TEST_F(LogTailTest, AFileThatAppearsLaterIsReadFromItsBeginning) {
  EXPECT_EQ(told(), "");
  restart();
  EXPECT_EQ(told(), "");
  write("a\n");
  restart();
  EXPECT_EQ(told(), "a ");
}

TEST_F(LogTailTest, APartialLineIsWaitedFor) {
  write("rest of a line that");
  EXPECT_EQ(told(), "");
  write(" was begun before us\na");
  EXPECT_EQ(told(), "");
  write("b");
  EXPECT_EQ(told(), "");
  restart();
  EXPECT_EQ(told(), "");
  write("c\nd\n");
  EXPECT_EQ(told(), "abc d ");
}

TEST_F(LogTailTest, LongLinesAreCutOnceAndSaySo) {
  EXPECT_EQ(told(), "");
  const std::string kept(kLogTextBytesMax, 'x');
  write(kept + "\n");
  EXPECT_EQ(told(), kept + " ") << "as long as a line may be";
  write(kept + "y\nb\n");
  EXPECT_EQ(told(), kept + "… b ");
  write(kept + "y");
  EXPECT_EQ(told(), kept + "… ") << "nobody waits for its end";
  restart();
  write("yy");
  EXPECT_EQ(told(), "");
  restart();
  std::string rest(300'000, 'y');
  rest.append("\nc\n");
  write(rest);
  EXPECT_EQ(told(), "c ");
}

TEST_F(LogTailTest, RenamedFileIsReadToItsEndFirst) {
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  rename("auth.log", "auth.log.1");
  EXPECT_EQ(told(), "a ");
  append(folder_ / "auth.log.1", "b\n");
  EXPECT_EQ(told(), "b ") << "the writer has not noticed yet";
  write("");
  append(folder_ / "auth.log.1", "c\nd");
  EXPECT_EQ(told(), "c ");
  append(folder_ / "auth.log.1", "e");
  write("f\n");
  EXPECT_EQ(told(), "de f ") << "nothing will end that line";
  EXPECT_EQ(told(), "");
}

TEST_F(LogTailTest, RestartFindsTheRenamedFileAndAllAfterIt) {
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  EXPECT_EQ(told(), "a ");
  write("b\n");
  rename("auth.log", "auth.log.1");
  write("c\n");
  rename("auth.log.1", "auth.log.2");
  rename("auth.log", "auth.log.1");
  write("d\n");
  restart();
  EXPECT_EQ(told(), "b c d ");
  restart();
  EXPECT_EQ(told(), "");
}

TEST_F(LogTailTest, DatedFilesAreFoundInTheirOrder) {
  append(folder_ / "auth.log-20261119", "older\n");
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  rename("auth.log", "auth.log-20261120");
  write("b\n");
  rename("auth.log", "auth.log-20261121");
  write("c\n");
  restart();
  EXPECT_EQ(told(), "a b c ");
}

TEST_F(LogTailTest, FilesOfAnotherNamingAreNotReadAgain) {
  append(folder_ / "auth.log-20200101", "long ago\n");
  std::filesystem::last_write_time(
      folder_ / "auth.log-20200101",
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(48));
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  rename("auth.log", "auth.log.1");
  write("b\n");
  EXPECT_EQ(told(), "a b ");
}

TEST_F(LogTailTest, WhatAnEmptyLogHidesComesOnceItIsWrittenTo) {
  write("old\n");
  EXPECT_EQ(told(), "");
  rename("auth.log", "auth.log.1");
  write("");
  EXPECT_EQ(told(), "");
  rename("auth.log.1", "auth.log.2");
  rename("auth.log", "auth.log.1");
  append(folder_ / "auth.log.1", "a\n");
  write("b\n");
  EXPECT_EQ(told(), "a b ");
}

TEST_F(LogTailTest, CopyOfATruncatedFileIsReadToItsEnd) {
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  EXPECT_EQ(told(), "a ");
  write("b\n");
  copy_and_truncate("auth.log.1");
  EXPECT_EQ(told(), "b ");
  write("c\n");
  EXPECT_EQ(told(), "c ");
  write("d\n");
  rename("auth.log.1", "auth.log.2");
  copy_and_truncate("auth.log.1");
  write("a line that makes it longer than it was\n");
  restart();
  EXPECT_EQ(told(), "d a line that makes it longer than it was ");
}

TEST_F(LogTailTest, TruncationWithoutACopyIsToldAsALoss) {
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  EXPECT_EQ(told(), "a ");
  std::filesystem::resize_file(path_, 0);
  EXPECT_EQ(told(), "! ");
  write("b\n");
  EXPECT_EQ(told(), "b ");
  std::filesystem::resize_file(path_, 0);
  write("x\na longer one than before\n");
  EXPECT_EQ(told(), "! x a longer one than before ") << "truncated, and grown again";
  restart();
  EXPECT_EQ(told(), "") << "told once";
}

TEST_F(LogTailTest, DeletedFileIsReadToItsEndAndTheNewOneFromItsBeginning) {
  write("old\n");
  EXPECT_EQ(told(), "");
  const UniqueFd writer(open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  std::filesystem::remove(path_);
  EXPECT_EQ(told(), "");
  ASSERT_EQ(::write(writer.get(), "a\n", 2), 2);
  EXPECT_EQ(told(), "a ");
  ASSERT_EQ(::write(writer.get(), "b\n", 2), 2);
  write("c\n");
  EXPECT_EQ(told(), "b c ");
}

TEST_F(LogTailTest, WhatWasDeletedWhileNobodyReadIsALoss) {
  write("old\n");
  EXPECT_EQ(told(), "");
  tail_.reset();
  std::filesystem::remove(path_);
  restart();
  EXPECT_EQ(told(), "") << "it may be in the middle of a rotation";
  write("a\n");
  EXPECT_EQ(told(), "! a ");
  restart();
  EXPECT_EQ(told(), "");
}

TEST_F(LogTailTest, FilesWrittenAfterOursAreNewWhereOursIsGone) {
  append(folder_ / "auth.log.3", "older\n");
  std::filesystem::last_write_time(
      folder_ / "auth.log.3",
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  write("old\n");
  EXPECT_EQ(told(), "");
  tail_.reset();
  std::filesystem::remove(path_);
  append(folder_ / "auth.log.1", "a\n");
  std::filesystem::last_write_time(
      folder_ / "auth.log.1",
      std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  write("b\n");
  restart();
  EXPECT_EQ(told(), "! a b ");
}

TEST_F(LogTailTest, FileMovedToAnotherFolderIsLeftBehind) {
  std::filesystem::create_directory(folder_ / "old");
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  rename("auth.log", "old/auth.log.1");
  write("b\n");
  EXPECT_EQ(told(), "a ");
  EXPECT_EQ(told(), "") << "it may only have been looked for in the wrong moment";
  EXPECT_EQ(told(), "b ");
}

TEST_F(LogTailTest, FileReplacedByItsCopyGoesOn) {
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  EXPECT_EQ(told(), "a ");
  std::filesystem::copy_file(path_, folder_ / "new");
  append(folder_ / "new", "b\n");
  rename("new", "auth.log");
  EXPECT_EQ(told(), "b ");
}

TEST_F(LogTailTest, WhatMayNotBeReadIsSaidAndTriedAgain) {
  using std::filesystem::perms;
  write("old\n");
  EXPECT_EQ(told(), "");
  write("a\n");
  std::filesystem::permissions(folder_ / ".", perms(0755));
  std::filesystem::permissions(path_, perms::none);
  restart();
  constexpr uid_t kNobody = 65534;
  const bool is_root = geteuid() == 0;  // who reads everything
  ASSERT_TRUE(!is_root || seteuid(kNobody) == 0);
  EXPECT_EQ(told(), "");
  EXPECT_EQ(tail_->status().code(), Code::denied);
  ASSERT_TRUE(!is_root || seteuid(0) == 0);
  std::filesystem::permissions(path_, perms(0444));
  ASSERT_TRUE(!is_root || seteuid(kNobody) == 0);
  EXPECT_EQ(told(), "a ");
  EXPECT_TRUE(tail_->status().is_ok());
  ASSERT_TRUE(!is_root || seteuid(0) == 0);
}

TEST_F(LogTailTest, WhatIsNoFileIsAnErrorAndNoWait) {
  std::filesystem::create_directory(path_);
  EXPECT_EQ(told(), "");
  EXPECT_FALSE(tail_->status().is_ok());
}

// No more is asked for at once than one reading holds, nor much more than there is.
TEST_F(LogTailTest, WhatIsLongerThanOneReadingIsReadToItsEnd) {
  EXPECT_EQ(told(), "");
  for (const size_t size : {1u << 10, 4u << 10, 60u << 10, 200u << 10}) {
    std::string bytes, messages;
    for (size_t i = 0; bytes.size() < size; ++i) {
      const std::string message = std::to_string(i) + std::string(1'000, 'x');
      bytes += message + "\n";
      messages += message + " ";
    }
    write(bytes + "rest");
    EXPECT_EQ(told(), messages);
    write("\n");
    EXPECT_EQ(told(), "rest ");
  }
}

TEST_F(LogTailTest, OneStepIsShortAndGivesAtLeastALine) {
  EXPECT_EQ(told(), "");
  write("a line\nanother\n");
  EXPECT_EQ(told(1), "a line ");
  restart();
  EXPECT_EQ(told(1), "another ");
  EXPECT_EQ(told(1), "");
}

// ------------------------------------------------------------------ under load

enum class Rotation { rename, rename_and_create, copytruncate, remove };

// A writer of numbered lines whose log is rotated again and again, and a reader that looks at any
// moment and is killed after any line: what it kept then is the cursor of the last line told.
class RotationTest : public LogTailTest, public testing::WithParamInterface<Rotation> {
 protected:
  static constexpr int kLines = 100'000, kOldest = 5;

  bool one_in(uint32_t n) { return draw_() % n == 0; }
  std::string old(int number) { return path_ + "." + std::to_string(number); }

  bool read(bool may_be_killed) {
    const bool killed = may_be_killed && one_in(20);
    size_t left = killed ? draw_() % 50 : SIZE_MAX;
    const bool more = tail_->read(kNow, 1 + draw_() % 20'000, [&](const LogItem& item) {
      if (left == 0) return;
      --left;
      if (const auto* line = std::get_if<LogLine>(&item)) {
        cursor_ = line->cursor;
        ++seen_.at(std::stoul(std::string(line->message.substr(5))));
      } else {
        cursor_ = std::get<LogPosition>(item).cursor;
        losses_ += std::get<LogPosition>(item).lines_lost;
      }
    });
    if (killed) restart();
    return more || killed;
  }
  void read_all() {
    while (read(false)) continue;
  }
  void may_read() {
    if (one_in(3)) (void)read(GetParam() != Rotation::remove);
  }

  void open_writer() {
    writer_.reset(open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  }
  void put(std::string_view bytes) {
    ASSERT_EQ(::write(writer_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  void put_line(int number) {
    const std::string line = "line " + std::to_string(number) + "\n";
    const size_t half = one_in(10) ? draw_() % line.size() : 0;
    put(line.substr(0, half));
    if (half > 0) may_read();
    put(line.substr(half));
  }

  // As logrotate(8) does it.
  void rotate() {
    if (GetParam() == Rotation::remove) {
      read_all();  // what nobody has open is gone with its name
      std::filesystem::remove(path_);
      return;
    }
    if (std::filesystem::exists(old(kOldest))) read_all();
    for (int i = kOldest; i > 0; --i) {
      may_read();
      if (std::filesystem::exists(old(i))) std::filesystem::rename(old(i), old(i + 1));
    }
    may_read();
    if (GetParam() == Rotation::copytruncate) {
      std::filesystem::copy_file(path_, old(1));
      may_read();
      std::filesystem::resize_file(path_, 0);
      return;
    }
    std::filesystem::rename(path_, old(1));
    may_read();
    if (GetParam() == Rotation::rename_and_create) write("");
  }

  std::mt19937 draw_{7};
  std::vector<int> seen_ = std::vector<int>(kLines);
  int losses_ = 0;
  UniqueFd writer_;
};

TEST_P(RotationTest, NoLineIsLostAndNoneIsDoubled) {
  (void)read(false);
  open_writer();
  int rotations = 0, late_lines = 0;
  for (int number = 0; number < kLines; ++number) {
    put_line(number);
    if (one_in(10)) may_read();
    if (late_lines > 0) {  // whoever writes has not heard of the rotation yet
      if (--late_lines == 0) open_writer();
      continue;
    }
    if (!one_in(200)) continue;
    ++rotations;
    rotate();
    if (GetParam() == Rotation::copytruncate) continue;
    late_lines = static_cast<int>(draw_() % 5);
    if (late_lines == 0) open_writer();
  }
  read_all();
  EXPECT_GT(rotations, 300);
  EXPECT_EQ(losses_, 0);
  int lost = 0, doubled = 0;
  for (const int times : seen_) {
    lost += times == 0;
    doubled += times > 1;
  }
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(doubled, 0);
}

INSTANTIATE_TEST_SUITE_P(All, RotationTest,
                         testing::Values(Rotation::rename, Rotation::rename_and_create,
                                         Rotation::copytruncate, Rotation::remove));

}  // namespace
}  // namespace spoor::agent
