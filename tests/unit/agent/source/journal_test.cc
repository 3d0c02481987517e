// Real journal files, made of systemd's export format by systemd-journal-remote(8).
#include "agent/source/journal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <vector>

#include "agent/limits.h"
#include "agent/privilege.h"
#include "common/clock.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

constexpr const char* kTool = "/lib/systemd/systemd-journal-remote";
constexpr int64_t kNow = 1'795'348'800 * kNsPerSecond;

class JournalTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kTool)) GTEST_SKIP() << "needs systemd-journal-remote";
  }

  using Fields = std::vector<std::pair<std::string, std::string>>;
  // An entry; its time is one of a clock that goes on by a second each.
  static Fields sshd(const std::string& message) {
    return {{"_PID", "4711"},           {"_UID", "0"},          {"_COMM", "sshd"},
            {"_EXE", "/usr/sbin/sshd"}, {"_TRANSPORT", "syslog"}, {"SYSLOG_IDENTIFIER", "sshd"},
            {"SYSLOG_PID", "4711"},     {"MESSAGE", message}};
  }
  void add(const Fields& fields) {
    const std::string us = std::to_string(kNow / 1000 + ++entries_ * 1'000'000);
    waiting_ += "__REALTIME_TIMESTAMP=" + us + "\n__MONOTONIC_TIMESTAMP=" +
                std::to_string(entries_ * 1'000'000) +
                "\n_BOOT_ID=1234567890abcdef1234567890abcdef\n";
    for (const auto& [name, value] : fields) {
      uint64_t size = value.size();
      waiting_ += name + "\n";
      waiting_.append(reinterpret_cast<const char*>(&size), sizeof size);
      waiting_ += value + "\n";
    }
    waiting_ += "\n";
  }
  // What was added, into a file of that name.
  void write(const std::string& name = "system.journal") {
    const std::string path = folder_ / "export";
    std::ofstream(path, std::ios::binary) << std::exchange(waiting_, "");
    const std::string command =
        std::string(kTool) + " -o " + (folder_ / name) + " " + path + " 2>/dev/null >&2";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::filesystem::remove(path);
  }
  void restart() {
    journal_ = std::make_unique<Journal>(folder_ / ".");
    journal_->resume(cursor_);
  }
  // Messages since the last time, a blank after each; `!` where lines were lost.
  std::string told(size_t bytes_max = 1u << 20) {
    std::string text;
    if (!journal_) restart();
    bool more = false;
    do {
      more = journal_->read(kNow, bytes_max, [&](const LogItem& item) {
        if (const auto* line = std::get_if<LogLine>(&item)) {
          text += std::string(line->message) + " ";
          cursor_ = line->cursor;
        } else {
          const LogPosition& position = std::get<LogPosition>(item);
          if (position.lines_lost) text += "! ";
          cursor_ = position.cursor;
        }
      });
    } while (more && bytes_max > 100);
    EXPECT_TRUE(journal_->status().is_ok()) << journal_->status().message();
    return text;
  }

  TempFolder folder_;
  std::unique_ptr<Journal> journal_;
  std::string cursor_, waiting_;
  int64_t entries_ = 0;
};

TEST_F(JournalTest, WhoWroteALineIsWhatJournaldLearnt) {
  EXPECT_EQ(told(), "");
  Fields fields = sshd("Accepted");
  fields.emplace_back("_SOURCE_REALTIME_TIMESTAMP", std::to_string(kNow / 1000 + 5));
  add(fields);
  // A tag is a claim, and so is a pid.
  add({{"_PID", "99"}, {"_UID", "1000"}, {"_COMM", "logger"}, {"_EXE", "/usr/bin/logger"},
       {"_TRANSPORT", "journal"}, {"SYSLOG_IDENTIFIER", "sshd"}, {"SYSLOG_PID", "4711"},
       {"MESSAGE", "forged"}});
  write();
  std::vector<std::string> told;
  (void)journal_->read(kNow, 1u << 20, [&](const LogItem& item) {
    const LogLine& line = std::get<LogLine>(item);
    told.push_back(std::to_string(line.pid) + " " + std::to_string(line.uid) + " " +
                   std::string(line.comm) + " " + std::string(line.exe) + " " +
                   std::string(line.tag) + " " + std::to_string(line.tag_pid) + " " +
                   std::string(line.message) + " " + std::to_string(line.time_ns - kNow));
    EXPECT_EQ(line.source, LogLine::Source::journal);
    EXPECT_EQ(line.origin, "journal");
    EXPECT_EQ(line.text, line.message);
  });
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0], "4711 0 sshd /usr/sbin/sshd sshd 4711 Accepted 5000");
  EXPECT_EQ(told[1], "99 1000 logger /usr/bin/logger sshd 4711 forged 2000000000");
}

TEST_F(JournalTest, OnlyLinesOfTheProgramsThatMatter) {
  EXPECT_EQ(told(), "");
  const auto say = [&](const char* comm, const char* tag, const char* transport,
                       const char* message) {
    add({{"_COMM", comm}, {"SYSLOG_IDENTIFIER", tag}, {"_TRANSPORT", transport},
         {"MESSAGE", message}});
  };
  say("nginx", "nginx", "syslog", "no");
  say("sudo", "x", "syslog", "by_comm");
  say("x", "su", "journal", "by_tag");
  say("sshd", "sshd", "audit", "told_by_audit");
  say("sshd-session", "x", "syslog", "nothing_else");
  write();
  EXPECT_EQ(told(), "by_comm by_tag nothing_else ");
}

// systemd-cat -t sudo sudo -S -p $'root : TTY=pts/9 ; …' true: sudo itself writes the prompt that
// its user wants into a stream of journald's, which then rightly says _EXE=/usr/bin/sudo.
TEST_F(JournalTest, WhatAProgramWritesToItsStdoutIsNoLog) {
  EXPECT_EQ(told(), "");
  for (const char* transport : {"stdout", "driver", "kernel", ""}) {
    Fields fields = {{"_PID", "90"}, {"_UID", "1000"}, {"_COMM", "sudo"},
                     {"_EXE", "/usr/bin/sudo"}, {"SYSLOG_IDENTIFIER", "sudo"},
                     {"MESSAGE", "root : TTY=pts/9 ; PWD=/ ; USER=root ; COMMAND=/bin/x"}};
    if (*transport != '\0') fields.emplace_back("_TRANSPORT", transport);
    add(fields);
  }
  add(sshd("true"));
  write();
  EXPECT_EQ(told(), "true ");
}

TEST_F(JournalTest, AContainersLineSaysSo) {
  EXPECT_EQ(told(), "");
  const std::string id(64, 'a');
  for (const std::string& group : {std::string("/system.slice/ssh.service"),
                                   "/system.slice/docker-" + id + ".scope", "/docker/" + id}) {
    Fields fields = sshd("Accepted");
    fields.emplace_back("_SYSTEMD_CGROUP", group);
    add(fields);
  }
  write();
  std::vector<bool> told;
  (void)journal_->read(kNow, 1u << 20, [&](const LogItem& item) {
    told.push_back(std::get<LogLine>(item).in_container);
  });
  EXPECT_EQ(told, (std::vector<bool>{false, true, true}));
}

// A flood of lines, which anybody who may connect can cause, hides those behind it.
TEST_F(JournalTest, WhatTheRateLimitKeptOutIsTold) {
  EXPECT_EQ(told(), "");
  const auto suppressed = [&](const char* transport, const char* unit, const char* count) {
    add({{"_TRANSPORT", transport}, {"_COMM", "systemd-journal"},
         {"SYSLOG_IDENTIFIER", "systemd-journald"}, {"N_DROPPED", count},
         {"MESSAGE_ID", "a596d6fe7bfa4994828e72309e95d61e"},
         {"MESSAGE", std::string("Suppressed ") + count + " messages from " + unit}});
  };
  add(sshd("a"));
  suppressed("driver", "ssh.service", "1234");
  suppressed("driver", "session-3.scope", "5");
  suppressed("driver", "nginx.service", "77");
  suppressed("journal", "ssh.service", "99");  // somebody's words
  write();
  std::vector<std::string> told;
  (void)journal_->read(kNow, 1u << 20, [&](const LogItem& item) {
    const auto* position = std::get_if<LogPosition>(&item);
    if (position == nullptr) return;
    EXPECT_TRUE(position->lines_lost);
    told.push_back(std::to_string(position->suppressed) + " since " +
                   std::to_string((position->since_ns - kNow) / kNsPerSecond));
  });
  EXPECT_EQ(told, (std::vector<std::string>{"1234 since 1", "5 since 2"}));
}

TEST_F(JournalTest, BeginsAtTheEndAndGoesOnAfterARestart) {
  add(sshd("old"));
  write();
  EXPECT_EQ(told(), "");
  EXPECT_FALSE(cursor_.empty());
  add(sshd("a"));
  add(sshd("b"));
  write();
  EXPECT_EQ(told(1), "a ");
  restart();
  EXPECT_EQ(told(), "b ");
  restart();
  EXPECT_EQ(told(), "");
}

TEST_F(JournalTest, WhatComesAfterAnEmptyJournalIsNew) {
  EXPECT_EQ(told(), "");
  EXPECT_TRUE(cursor_.starts_with("@")) << cursor_;
  restart();
  add(sshd("a"));
  write();
  EXPECT_EQ(told(), "a ");
}

TEST_F(JournalTest, RotationIsFollowed) {
  add(sshd("old"));
  write();
  EXPECT_EQ(told(), "");
  add(sshd("a"));
  write();
  std::filesystem::rename(folder_ / "system.journal", folder_ / "system@1.journal");
  add(sshd("b"));
  write();
  EXPECT_EQ(told(), "a b ");
  std::filesystem::remove(folder_ / "system@1.journal");
  add(sshd("c"));
  write();
  EXPECT_EQ(told(), "c ");
  restart();
  EXPECT_EQ(told(), "");
}

TEST_F(JournalTest, APlaceThatWasRemovedIsSaidAndTheOldestAfterItIsNext) {
  add(sshd("old"));
  write();
  EXPECT_EQ(told(), "");
  journal_.reset();
  add(sshd("gone"));
  std::filesystem::remove(folder_ / "system.journal");
  waiting_.clear();
  restart();
  EXPECT_EQ(told(), "") << "it may be there in a moment";
  add(sshd("a"));
  add(sshd("b"));
  write();
  EXPECT_EQ(told(), "! a b ");
  restart();
  EXPECT_EQ(told(), "");
}

TEST_F(JournalTest, SaysWhenItWasWrittenLast) {
  EXPECT_FALSE(Journal::newest_ns(folder_ / "none"));
  EXPECT_EQ(Journal::newest_ns(folder_ / "."), 0);
  add(sshd("a"));
  add(sshd("b"));
  write();
  EXPECT_EQ(Journal::newest_ns(folder_ / "."), kNow + 2 * kNsPerSecond);
}

// What libsystemd does must be possible for a confined agent.
TEST_F(JournalTest, IsReadInsideTheSandbox) {
  add(sshd("old"));
  write();
  EXPECT_EQ(told(), "");
  journal_.reset();
  add(sshd("a"));
  write();
  const pid_t child = fork();
  if (child == 0) {
    const bool confined = confine({{folder_ / ".", "/etc", "/proc"}, {}}).is_ok();
    const bool has_read = told() == "a ";
    _exit(confined && has_read && told().empty() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(JournalTest, LongMessagesAreCutAndSaySo) {
  EXPECT_EQ(told(), "");
  add(sshd(std::string(kLogTextBytesMax, 'x')));
  add(sshd(std::string(kLogTextBytesMax + 1, 'x')));
  add(sshd(std::string(1u << 20, 'x')));
  add(sshd(std::string("two\nlines\0zero", 14)));
  write();
  std::vector<std::pair<size_t, bool>> told;
  (void)journal_->read(kNow, 1u << 20, [&](const LogItem& item) {
    const LogLine& line = std::get<LogLine>(item);
    told.emplace_back(line.text.size(), line.is_cut);
  });
  const std::vector<std::pair<size_t, bool>> wanted = {
      {kLogTextBytesMax, false}, {kLogTextBytesMax, true}, {kLogTextBytesMax, true}, {14, false}};
  EXPECT_EQ(told, wanted);
}

TEST_F(JournalTest, NonsenseInPlaceOfAJournalIsOutlived) {
  add(sshd("old"));
  write();
  EXPECT_EQ(told(), "");
  std::ofstream(folder_ / "other.journal") << std::string(10'000, 'x');
  add(sshd("a"));
  write();
  EXPECT_EQ(told(), "a ");
  cursor_ = "nonsense";
  restart();
  (void)journal_->read(kNow, 1u << 20, [](const LogItem&) {});
  EXPECT_FALSE(journal_->status().is_ok());
  (void)journal_->read(kNow, 1u << 20, [](const LogItem&) {});
  EXPECT_TRUE(journal_->status().is_ok());
}

TEST(JournalFolderTest, WithoutAFolderItIsAnErrorThatPasses) {
  const TempFolder folder;
  Journal journal(folder / "none");
  EXPECT_FALSE(journal.read(kNow, 1000, [](const LogItem&) {}));
  EXPECT_FALSE(journal.status().is_ok());
  std::filesystem::create_directory(folder / "none");
  EXPECT_FALSE(journal.read(kNow, 1000, [](const LogItem&) {}));
  EXPECT_TRUE(journal.status().is_ok());
}

}  // namespace
}  // namespace spoor::agent
