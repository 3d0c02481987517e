#include "agent/log_reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/limits.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class LogReaderTest : public testing::Test {
 protected:
  LogReaderTest() { begin({}); }
  void begin(LogCursors cursors) {
    reader_.emplace(LogSettings{"off", {folder_ / "auth.log", folder_ / "secure"}}, clock_);
    reader_->begin(std::move(cursors));
  }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::app | std::ios::binary) << bytes;
  }
  std::string taken(size_t bytes_max = 1u << 20) {
    std::string text;
    reader_->take(bytes_max, [&](const LogItem& item) {
      if (const auto* line = std::get_if<LogLine>(&item)) text += std::string(line->message) + " ";
    });
    return text;
  }

  TempFolder folder_;
  FakeClock clock_;
  std::optional<LogReader> reader_;
};

TEST_F(LogReaderTest, AllFilesAreReadAndTakenOnce) {
  EXPECT_FALSE(reader_->read());
  write("auth.log", "a\nb\n");
  write("secure", "c\n");
  EXPECT_FALSE(reader_->read());
  EXPECT_EQ(taken(), "a b c ");
  EXPECT_EQ(taken(), "");
}

TEST_F(LogReaderTest, NothingIsReadBeforeItMayBegin) {
  write("auth.log", "a\n");
  reader_.emplace(LogSettings{"off", {folder_ / "auth.log"}}, clock_);
  EXPECT_FALSE(reader_->read());
  EXPECT_EQ(taken(), "");
  write("auth.log", "b\n");
  reader_->begin({});
  EXPECT_FALSE(reader_->read());
  EXPECT_EQ(taken(), "") << "who begins anew begins at the end";
  write("auth.log", "c\n");
  EXPECT_FALSE(reader_->read());
  EXPECT_EQ(taken(), "c ");
}

TEST_F(LogReaderTest, EachLogGoesOnAtItsCursor) {
  EXPECT_FALSE(reader_->read());
  write("auth.log", "a\nb\n");
  EXPECT_FALSE(reader_->read());
  // Two positions, and the first line.
  LogCursors cursors;
  reader_->take(1, [&](const LogItem&) {});
  reader_->take(1, [&](const LogItem&) {});
  reader_->take(1, [&](const LogItem& item) {
    const LogLine& line = std::get<LogLine>(item);
    EXPECT_EQ(line.message, "a");
    cursors.emplace_back(line.origin, line.cursor);
  });
  begin(cursors);
  write("secure", "c\n");
  EXPECT_FALSE(reader_->read());
  EXPECT_EQ(taken(), "b ") << "of the other nothing is known: it is read from now on";
}

TEST_F(LogReaderTest, ReadingWaitsWhereNobodyTakes) {
  EXPECT_FALSE(reader_->read());
  constexpr int kLines = 40'000;
  std::string bytes;
  for (int i = 0; i < kLines; ++i) bytes += "x" + std::string(90, 'y') + "\n";
  write("auth.log", bytes);
  while (reader_->read()) continue;
  EXPECT_EQ(reader_->pause_ns(), kLogPauseNs) << "as often as somebody may have taken";
  size_t waiting = 0;
  int lines = 0;
  const auto take = [&](size_t bytes_max) {
    reader_->take(bytes_max, [&](const LogItem& item) {
      if (!std::holds_alternative<LogLine>(item)) return;
      ++lines;
      waiting += std::get<LogLine>(item).text.size();
    });
  };
  take(SIZE_MAX);
  EXPECT_GT(lines, 1'000);
  EXPECT_LT(waiting, kLogQueueBytesMax);
  do {
    while (reader_->read()) continue;
    take(kLogTickBytesMax);
  } while (lines < kLines && waiting < bytes.size());
  EXPECT_EQ(lines, kLines) << "what waits in the file is not lost";
}

TEST_F(LogReaderTest, OneStepIsShort) {
  EXPECT_FALSE(reader_->read());
  write("auth.log", std::string(40'000, '\n'));
  EXPECT_TRUE(reader_->read());
  size_t items = 0;
  reader_->take(SIZE_MAX, [&](const LogItem&) { ++items; });
  EXPECT_LT(items, 40'000u);
}

TEST_F(LogReaderTest, ALogThatCannotBeReadIsTriedAgainLater) {
  std::filesystem::create_directory(folder_ / "auth.log");
  EXPECT_FALSE(reader_->read());
  std::filesystem::remove(folder_ / "auth.log");
  write("auth.log", "a\n");
  EXPECT_FALSE(reader_->read());
  EXPECT_EQ(taken(), "");
  clock_.advance_ns(2 * kNsPerSecond);
  EXPECT_FALSE(reader_->read());
  write("auth.log", "b\n");
  EXPECT_FALSE(reader_->read());
  EXPECT_EQ(taken(), "b ");
}

// A frame, an fdatasync and three wakes follow each look that finds something.
TEST_F(LogReaderTest, WhileALogGrowsItIsReadLessOften) {
  write("auth.log", "old\n");
  (void)reader_->read();
  (void)reader_->read();
  EXPECT_EQ(reader_->pause_ns(), kLogPauseNs) << "a quiet log";
  int64_t pause_ns = kLogPauseNs;
  for (int i = 0; i < 5; ++i) {
    write("auth.log", "a\n");
    (void)reader_->read();
    pause_ns = std::min(2 * pause_ns, kLogPauseNsMax);
    EXPECT_EQ(reader_->pause_ns(), pause_ns);
  }
  (void)reader_->read();
  EXPECT_EQ(reader_->pause_ns(), kLogPauseNs) << "it grows no more";
}

TEST_F(LogReaderTest, WhereThereIsNoLogItIsLookedForLessOften) {
  reader_.emplace(LogSettings{"off", {folder_ / "auth.log"}}, clock_);
  (void)reader_->read();
  EXPECT_EQ(reader_->pause_ns(), kLogPauseNs) << "we may not begin yet";
  reader_->begin({});
  (void)reader_->read();
  (void)reader_->read();
  EXPECT_EQ(reader_->pause_ns(), kLogPauseNsMax);
  write("auth.log", "a\n");
  (void)reader_->read();
  EXPECT_EQ(taken(), "a ");
  (void)reader_->read();
  EXPECT_EQ(reader_->pause_ns(), kLogPauseNs);
}

// A log server writes what it is sent into the same files.
TEST_F(LogReaderTest, LinesOfOtherHostsAreLeftOutAndTheCursorGoesOn) {
  const LogReader::Door door = {.node_name = [] { return "web1"; }, .journal_newest_ns = {}};
  const LogSettings settings{"off", {folder_ / "auth.log"}};
  reader_.emplace(settings, clock_, door);
  reader_->begin({});
  EXPECT_FALSE(reader_->read());
  const std::string time = "2026-11-05T07:39:12Z ";
  write("auth.log", time + "web1 sshd[7]: a\n" + time + "web2 sshd[7]: b\n" + time +
                        "web1.example.org sshd[7]: c\n" + time + "db.example.org sshd[7]: d\n");
  EXPECT_FALSE(reader_->read());
  LogCursors cursors;
  std::string text;
  reader_->take(SIZE_MAX, [&](const LogItem& item) {
    const auto* line = std::get_if<LogLine>(&item);
    const auto* position = std::get_if<LogPosition>(&item);
    if (line != nullptr) text += std::string(line->message) + " ";
    EXPECT_FALSE(position != nullptr && position->lines_lost);
    cursors = {{folder_ / "auth.log", std::string(line ? line->cursor : position->cursor)}};
  });
  EXPECT_EQ(text, "a c ");
  // It stands behind what was left out: nothing is lost when that file is gone.
  reader_.emplace(settings, clock_, door);
  reader_->begin(cursors);
  std::filesystem::rename(folder_ / "auth.log", folder_ / "auth.log.1");
  write("auth.log", time + "web1 sshd[7]: e\n");
  for (int i = 0; i < 5; ++i) (void)reader_->read();
  EXPECT_EQ(taken(), "e ");
}

// What journald wrote before somebody set Storage=none may lie there for years.
TEST_F(LogReaderTest, AJournalThatIsWrittenNoMoreIsLeft) {
  write("auth.log", "old\n");
  struct stat file {};
  ASSERT_EQ(stat((folder_ / "auth.log").c_str(), &file), 0);
  const int64_t written_ns = file.st_mtim.tv_sec * kNsPerSecond;
  int64_t newest_ns = 0;
  const LogReader::Door door = {.node_name = [] { return "web1"; },
                                .journal_newest_ns = [&] { return newest_ns; }};
  const auto reads_file = [&](bool again) {
    if (!again) {
      reader_.emplace(LogSettings{"auto", {folder_ / "auth.log"}}, clock_, door);
      reader_->begin({});
    }
    (void)reader_->read();
    write("auth.log", "a\n");
    (void)reader_->read();
    return taken() == "a ";
  };
  newest_ns = written_ns - kJournalBehindNs - kNsPerSecond;
  EXPECT_TRUE(reads_file(false));
  newest_ns = written_ns + kJournalBehindNs;
  EXPECT_FALSE(reads_file(false));
  // It was live when we began.
  newest_ns = written_ns - 2 * kJournalBehindNs;
  EXPECT_FALSE(reads_file(true));
  clock_.advance_ns(kJournalCheckNs);
  (void)reader_->read();
  size_t lost = 0;
  reader_->take(SIZE_MAX, [&](const LogItem& item) {
    const auto* position = std::get_if<LogPosition>(&item);
    lost += position != nullptr && position->lines_lost ? 1 : 0;
  });
  EXPECT_EQ(lost, 1u);
  EXPECT_TRUE(reads_file(true));
}

}  // namespace
}  // namespace spoor::agent
