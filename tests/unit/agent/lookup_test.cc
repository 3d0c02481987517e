#include "agent/lookup.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "agent/limits.h"
#include "agent/witness_process.h"
#include "common/clock.h"
#include "common/files.h"
#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

TEST(LookupTest, FirstTableIsThereAtOnceAndGivenOnce) {
  Lookup lookup;
  const auto names = lookup.take_names();
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(names->at(0), "root");
  EXPECT_EQ(lookup.take_names(), nullptr);
}

TEST(LookupTest, DevicesAreThereAtOnceAndGivenOnce) {
  Lookup lookup;
  EXPECT_NE(lookup.take_devices(), nullptr);
  EXPECT_EQ(lookup.take_devices(), nullptr);
}

TEST(LookupTest, DevicesAreGivenAgainWhenMountsChanged) {
  const TempFolder folder;
  PosixFiles files;
  const auto mount = [&](const std::string& more) {
    const std::string text = "1 1 8:1 / / rw - ext4 a rw\n" + more;
    ASSERT_TRUE(write_file(files, folder / "mountinfo", text).is_ok());
  };
  mount("");
  Lookup lookup(folder / "mountinfo");
  EXPECT_EQ(*lookup.take_devices(), Devices{device_number(8, 1)});
  lookup.start();
  // Of no device that counts; paths lead elsewhere all the same.
  mount("2 1 0:50 / /srv rw - overlay overlay rw\n");
  std::shared_ptr<const Devices> devices;
  while (!(devices = lookup.take_devices())) std::this_thread::yield();
  EXPECT_EQ(*devices, Devices{device_number(8, 1)});
}

TEST(LookupTest, EveryQuestionIsAnsweredOnce) {
  Lookup lookup;
  lookup.start();
  const auto me = static_cast<uint32_t>(getpid());
  constexpr uint32_t kNobody = 0x7FFFFFFF;  // above any pid_max
  const int64_t now_ns = SystemClock().now().boottime_ns;
  lookup.ask_place({1, me, kNobody, now_ns, {}, {}});
  lookup.ask_place({2, kNobody, kNobody, now_ns, {}, {}});
  std::vector<PlaceAnswer> answers;
  while (answers.size() < 2) {
    for (const PlaceAnswer& answer : lookup.take_places()) answers.push_back(answer);
    std::this_thread::yield();
  }
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].ticket, 1u);
  EXPECT_NE(answers[0].seen.place, Place::unknown);
  EXPECT_EQ(answers[1].seen.place, Place::unknown);
  EXPECT_TRUE(lookup.take_places().empty());
}

TEST(LookupTest, QuestionsAreBounded) {
  Lookup lookup;  // not started: nobody answers
  for (size_t i = 0; i < kPlaceQuestionsMax + 10; ++i) lookup.ask_place({i, 1, 1, 0, {}, {}});
  lookup.start();
  size_t answers = 0;
  uint64_t last = 0;
  while (answers < kPlaceQuestionsMax) {
    for (const PlaceAnswer& answer : lookup.take_places()) {
      ++answers;
      last = answer.ticket;
    }
    std::this_thread::yield();
  }
  EXPECT_EQ(last, kPlaceQuestionsMax - 1);
}

TEST(LookupTest, ProcessesAreCountedWhenAsked) {
  Lookup lookup;
  lookup.start();
  EXPECT_FALSE(lookup.take_processes());
  const int64_t asked_ns = SystemClock().now().boottime_ns;
  lookup.ask_processes();
  std::optional<ProcessScan> scan;
  while (!(scan = lookup.take_processes())) std::this_thread::yield();
  EXPECT_GE(scan->began.boottime_ns, asked_ns);
  const auto us = std::find_if(scan->processes.begin(), scan->processes.end(), [](const auto& p) {
    return p.pid == static_cast<uint32_t>(getpid());
  });
  ASSERT_NE(us, scan->processes.end());
  EXPECT_GE(us->threads, 2u);
  EXPECT_GE(us->counted_ns, scan->began.boottime_ns);
  EXPECT_FALSE(lookup.take_processes()) << "once";
}

TEST(LookupTest, AReloadIsCheckedOnItsThreadAndAnsweredByAMessage) {
  Lookup lookup;
  std::thread::id asked_on;
  lookup.check_reload = [&] {
    asked_on = std::this_thread::get_id();
    return std::vector<std::string>{"agent.yml:1: no"};
  };
  lookup.start();
  EXPECT_FALSE(lookup.take_reload());
  lookup.ask_reload();
  std::optional<std::vector<std::string>> problems;
  while (!problems) {
    problems = lookup.take_reload();
    std::this_thread::yield();
  }
  EXPECT_EQ(*problems, std::vector<std::string>{"agent.yml:1: no"});
  EXPECT_NE(asked_on, std::this_thread::get_id());
  EXPECT_FALSE(lookup.take_reload()) << "once";
}

TEST(LookupTest, LogsAreReadOnItsThreadAgainWhenTheySay) {
  Lookup lookup;
  std::atomic<int> steps = 0;
  std::thread::id read_on;
  lookup.read_logs = [&] {
    read_on = std::this_thread::get_id();
    return ++steps < 1'000 ? std::chrono::seconds(0) : std::chrono::hours(1);
  };
  lookup.start();
  while (steps < 1'000) std::this_thread::yield();
  lookup.ask_place({1, 1, 1, 0, {}, {}});
  while (lookup.take_places().empty()) std::this_thread::yield();
  EXPECT_NE(read_on, std::this_thread::get_id());
}

// A writer's program and where a descriptor leads, through a witness; and without it once it ended.
TEST(LookupTest, WitnessAnswersAndItsEndStopsNothing) {
  SPOOR_NEEDS_ROOT();
  std::error_code error;
  if (!std::filesystem::equivalent("/", "/proc/1/root", error))
    GTEST_SKIP() << "of who has a root of his own, as here, a witness tells nothing";
  auto started = start_witness();
  ASSERT_TRUE(started.is_ok()) << started.status().message();
  Witness witness = std::move(started).value();
  const pid_t child = witness.connection().child;
  Lookup lookup;
  lookup.set_witness(witness);
  lookup.start();
  const UniqueFd folder(open("/usr/bin", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info{};
  ASSERT_EQ(fstat(folder.get(), &info), 0);
  char device[32];
  std::snprintf(device, sizeof device, "%02x:%02x", major(info.st_dev), minor(info.st_dev));
  const auto me = static_cast<uint32_t>(getpid());
  const PlaceQuestion writer{.ticket = 1, .pid = me,
                             .born_by_ns = SystemClock().now().boottime_ns, .exe = {}, .files = {}};
  PlaceQuestion directory = writer;
  directory.ticket = 2;
  directory.descriptors = {folder.get()};
  directory.files = {{device, info.st_ino}};
  const auto ask = [&](const PlaceQuestion& question) {
    lookup.ask_place(question);
    std::vector<PlaceAnswer> answers;
    while ((answers = lookup.take_places()).empty()) std::this_thread::yield();
    return answers.at(0);
  };
  // However busy the machine is.
  PlaceAnswer writers, seen;
  while ((writers = ask(writer)).seen.exe.empty()) continue;
  while ((seen = ask(directory)).directories.empty()) continue;
  EXPECT_EQ(writers.seen.exe, std::filesystem::read_symlink("/proc/self/exe"));
  ASSERT_EQ(seen.directories.size(), 1u);
  EXPECT_EQ(seen.directories[0].path, std::filesystem::canonical("/usr/bin"));
  EXPECT_EQ(seen.seen.place, Place::unknown);

  kill(child, SIGKILL);
  while (kill(child, 0) == 0) std::this_thread::yield();  // noticed, and waited for
  const PlaceAnswer blind = ask(writer);
  EXPECT_EQ(blind.seen.exe, "");
  EXPECT_NE(blind.seen.place, Place::unknown);
  EXPECT_TRUE(ask(directory).directories.empty());
}

}  // namespace
}  // namespace spoor::agent
