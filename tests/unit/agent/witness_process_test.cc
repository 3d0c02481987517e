#include "agent/witness_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

// A child that has done what it is told, and waits for its end.
class Child {
 public:
  explicit Child(const std::function<void()>& become) {
    int pair[2];
    EXPECT_EQ(pipe2(pair, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      become();
      (void)!write(pair[1], "x", 1);
      while (true) pause();
    }
    close(pair[1]);
    char byte = 0;
    ready_ = read(pair[0], &byte, 1) >= 0;  // an execution closes it, too
    close(pair[0]);
  }
  ~Child() { end(); }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  uint32_t pid() const { return static_cast<uint32_t>(pid_); }

 private:
  pid_t pid_ = 0;
  bool ready_ = false;
};

void run_sleep(const std::string& program) {
  execl(program.c_str(), program.c_str(), "1000", nullptr);
  _exit(99);
}

class WitnessProcessTest : public testing::Test {
 protected:
  void SetUp() override {
    SPOOR_NEEDS_ROOT();
    auto started = start_witness();
    ASSERT_TRUE(started.is_ok()) << started.status().message();
    witness_.emplace(std::move(started).value());
  }
  pid_t pid() const { return witness_->connection().child; }
  // Until there is an answer, however busy the machine is.
  WitnessSight program(uint32_t pid) {
    std::optional<WitnessSight> sight;
    while (!sight && witness_->is_there()) sight = witness_->program(pid);
    return sight.value_or(WitnessSight());
  }
  WitnessSight directory(uint32_t pid, int32_t descriptor) {
    std::optional<WitnessSight> sight;
    while (!sight && witness_->is_there()) sight = witness_->directory(pid, descriptor);
    return sight.value_or(WitnessSight());
  }
  std::string of_witness(const char* file) const {
    std::ifstream in("/proc/" + std::to_string(pid()) + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::map<std::string, std::string> status() const {
    std::map<std::string, std::string> fields;
    std::ifstream in("/proc/" + std::to_string(pid()) + "/status");
    for (std::string line; std::getline(in, line);) {
      fields[line.substr(0, line.find(':'))] = line.substr(line.find('\t') + 1);
    }
    return fields;
  }
  TempFolder folder_;
  std::optional<Witness> witness_;
};

TEST_F(WitnessProcessTest, TellsWhatOthersExecuteWhateverTheyCallThemselves) {
  const std::string binary = folder_ / "sshd";
  std::filesystem::copy_file("/bin/sleep", binary);
  const Child child([&] { run_sleep(binary); });
  WitnessSight sight = program(child.pid());
  EXPECT_EQ(sight.path, std::filesystem::canonical(binary));
  struct stat info{};
  ASSERT_EQ(stat(binary.c_str(), &info), 0);
  EXPECT_EQ(sight.inode, info.st_ino);
  EXPECT_EQ(makedev(sight.device_major, sight.device_minor), info.st_dev);
  EXPECT_NE(sight.mount, 0u);

  std::filesystem::remove(binary);  // as an upgrade does
  sight = program(child.pid());
  EXPECT_TRUE(sight.path.ends_with("/sshd (deleted)")) << sight.path;
  EXPECT_EQ(sight.inode, info.st_ino);
}

TEST_F(WitnessProcessTest, TellsWhereDescriptorsOfOthersLead) {
  constexpr int kFolder = 77, kFile = 78, kPipe = 79;
  const std::string name = folder_ / "a folder\nof two lines";
  std::filesystem::create_directory(name);
  std::ofstream(folder_ / "file") << "x";
  const Child child([&] {
    dup2(open(name.c_str(), O_RDONLY | O_DIRECTORY), kFolder);
    dup2(open((folder_ / "file").c_str(), O_RDONLY), kFile);
    int pair[2];
    if (pipe(pair) == 0) dup2(pair[0], kPipe);
    // Somebody else's, of whom only a tracer may know: its folder of descriptors is closed to us.
    if (setgid(65534) != 0 || setuid(65534) != 0 || prctl(PR_SET_DUMPABLE, 1) != 0) _exit(1);
  });
  const WitnessSight sight = directory(child.pid(), kFolder);
  EXPECT_EQ(sight.path, std::filesystem::canonical(name));
  EXPECT_TRUE(sight.has_whole_root);
  struct stat info{};
  ASSERT_EQ(stat(name.c_str(), &info), 0);
  EXPECT_EQ(sight.inode, info.st_ino);
  EXPECT_EQ(makedev(sight.device_major, sight.device_minor), info.st_dev);
  EXPECT_FALSE(witness_->directory(child.pid(), kFile)) << "no directory";
  EXPECT_FALSE(witness_->directory(child.pid(), kPipe)) << "nowhere in the tree";
  EXPECT_FALSE(witness_->directory(child.pid(), 80)) << "not open";
  EXPECT_TRUE(witness_->is_there());
}

TEST_F(WitnessProcessTest, SaysWhoseRootIsNotTheWholeTree) {
  constexpr int kFolder = 77;
  std::filesystem::create_directory(folder_ / "jail");
  const Child child([&] {
    if (chroot((folder_ / "jail").c_str()) != 0 || chdir("/") != 0) _exit(1);
    dup2(open("/", O_RDONLY | O_DIRECTORY), kFolder);
  });
  const WitnessSight sight = directory(child.pid(), kFolder);
  EXPECT_FALSE(sight.has_whole_root);
}

TEST_F(WitnessProcessTest, WhoIsGoneHasNoProgram) {
  Child child([] {});
  const uint32_t pid = child.pid();
  EXPECT_NE(program(pid).path, "");
  child.end();
  EXPECT_FALSE(witness_->program(pid));
  EXPECT_FALSE(witness_->program(0x7FFFFFFF));
  EXPECT_FALSE(witness_->program(2)) << "a kernel thread executes no file";
  EXPECT_TRUE(witness_->is_there());
}

TEST_F(WitnessProcessTest, FloodIsAnsweredOneByOne) {
  const auto me = static_cast<uint32_t>(getpid());
  const WitnessSight mine = program(me);
  EXPECT_NE(mine.path, "");
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(witness_->program(me).value_or(mine), mine);
  }
  EXPECT_EQ(program(me), mine) << "and it is there still";
}

TEST_F(WitnessProcessTest, HasTheTwoCapabilitiesAndNothingOfTheAgents) {
  const auto fields = status();
  const std::string two = "0000000000080004";  // sys_ptrace 19, dac_read_search 2
  EXPECT_EQ(fields.at("CapPrm"), two);
  EXPECT_EQ(fields.at("CapEff"), two);
  EXPECT_EQ(fields.at("CapInh"), "0000000000000000");
  EXPECT_EQ(fields.at("CapAmb"), "0000000000000000");
  EXPECT_EQ(fields.at("NoNewPrivs"), "1");
  EXPECT_EQ(fields.at("Seccomp"), "2");
  EXPECT_EQ(fields.at("Name"), "spoor-witness");
  std::set<std::string> open;
  for (const auto& fd : std::filesystem::directory_iterator("/proc/" + std::to_string(pid()) +
                                                            "/fd")) {
    open.insert(std::filesystem::read_symlink(fd).string().substr(0, 7));
  }
  EXPECT_EQ(open, (std::set<std::string>{"socket:", "/proc"}));
  const std::string limits = of_witness("limits");
  EXPECT_NE(limits.find("Max processes             0 "), std::string::npos) << limits;
  EXPECT_NE(limits.find("Max open files            2 "), std::string::npos) << limits;
  EXPECT_NE(limits.find("Max core file size        0 "), std::string::npos) << limits;
}

TEST_F(WitnessProcessTest, WhatMustBeImpossibleKillsIt) {
  const auto attempts = try_forbidden_as_witness();
  ASSERT_GE(attempts.size(), 6u);
  for (const Attempt& attempt : attempts) {
    EXPECT_TRUE(attempt.refused) << attempt.what << ": " << attempt.answer;
  }
}

TEST_F(WitnessProcessTest, NonsenseEndsItAndNothingElse) {
  for (const std::string& said :
       {std::string("x"), std::string(24, 'x'), std::string(4000, '\0'), std::string("\1\0\0\0", 4),
        std::string("\1\0\0\0\1\0\0\0", 8) + std::string(16, '\0')}) {
    auto started = start_witness();
    ASSERT_TRUE(started.is_ok());
    const Witness::Connection connection = std::move(*started).release();
    ASSERT_EQ(send(connection.socket.get(), said.data(), said.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(said.size()));
    int status = 0;
    // A version that it does not know it answers, and goes on.
    if (said.size() >= 4 && said[0] != 1) {
      char answer[kWitnessAnswerBytesMax];
      EXPECT_GT(recv(connection.socket.get(), answer, sizeof answer, 0), 0);
      EXPECT_EQ(waitpid(connection.child, &status, WNOHANG), 0);
      shutdown(connection.socket.get(), SHUT_RDWR);
    }
    ASSERT_EQ(waitpid(connection.child, &status, 0), connection.child);
    EXPECT_TRUE(WIFEXITED(status)) << status;
  }
}

// By the end of the socket, as of an agent that was killed: no signal reaches it, no zombie stays.
TEST_F(WitnessProcessTest, EndsWithTheAgent) {
  const pid_t child = pid();
  EXPECT_EQ(kill(child, 0), 0);
  witness_.reset();
  EXPECT_EQ(kill(child, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(WitnessProcessTest, EndsWhenTheAgentIsKilled) {
  int pair[2];
  ASSERT_EQ(pipe(pair), 0);
  const pid_t agent = fork();
  if (agent == 0) {
    auto started = start_witness();
    const pid_t its = started.is_ok() ? started->connection().child : 0;
    (void)!write(pair[1], &its, sizeof its);
    while (true) pause();
  }
  pid_t its = 0;
  ASSERT_EQ(read(pair[0], &its, sizeof its), ssize_t{sizeof its});
  ASSERT_GT(its, 0);
  EXPECT_EQ(kill(its, 0), 0);
  close(pair[1]);  // the witness holds none of it
  kill(agent, SIGKILL);
  waitpid(agent, nullptr, 0);
  char byte;
  EXPECT_EQ(read(pair[0], &byte, 1), 0);
  close(pair[0]);
  // It is the reaper's child now: gone, or about to be waited for.
  const std::string stat = "/proc/" + std::to_string(its) + "/stat";
  for (std::string text = "S"; !text.empty() && text.find(") Z") == std::string::npos;) {
    std::ifstream in(stat);
    text.assign(std::istreambuf_iterator<char>(in), {});
  }
}

TEST_F(WitnessProcessTest, ItsDeathIsNoticedAndLeavesNoZombie) {
  const pid_t child = pid();
  kill(child, SIGKILL);
  while (!witness_->has_ended()) continue;
  EXPECT_FALSE(witness_->is_there());
  EXPECT_EQ(waitpid(child, nullptr, WNOHANG), -1);
}

TEST(WitnessProcess, WithoutTheCapabilitiesItSaysWhatItLacks) {
  SPOOR_NEEDS_ROOT();
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0) _exit(1);
    const auto started = start_witness();
    const bool told = !started.is_ok() &&
                      started.status().message().find("CAP_SYS_PTRACE") != std::string::npos;
    _exit(told ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace spoor::agent
