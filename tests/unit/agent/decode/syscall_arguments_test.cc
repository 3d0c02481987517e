#include "agent/decode/syscall_arguments.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kX86_64 = 0xC000003E, kI386 = 0x40000003, kS390x = 0x80000016;

std::string meaning(std::string_view syscall, uint32_t index, std::array<uint64_t, 4> args,
                    uint32_t arch = kX86_64) {
  return argument_meaning(arch, syscall, index, args);
}

TEST(SyscallArguments, EachByItsCall) {
  EXPECT_EQ(meaning("openat", 0, {0xffffff9c, 0, 0, 0}), "AT_FDCWD");
  EXPECT_EQ(meaning("openat", 2, {0, 0, 0x241, 0}), "O_WRONLY|O_CREAT|O_TRUNC");
  EXPECT_EQ(meaning("openat", 1, {0, 0x7ffe, 0, 0}), "");
  EXPECT_EQ(meaning("chmod", 1, {0, 04755, 0, 0}), "rwsr-xr-x");
  EXPECT_EQ(meaning("kill", 1, {1234, 9, 0, 0}), "SIGKILL");
  EXPECT_EQ(meaning("setuid", 0, {0, 0, 0, 0}), "0");
  EXPECT_EQ(meaning("fchownat", 2, {0, 0, 0xffffffff, 0}), "unset");
  EXPECT_EQ(meaning("ptrace", 0, {0x4206, 0, 0, 0}), "PTRACE_SEIZE");
  EXPECT_EQ(meaning("mount", 3, {0, 0, 0, 0x1000}), "MS_BIND");
  EXPECT_EQ(meaning("read", 0, {3, 0, 0, 0}), "");
  EXPECT_EQ(meaning("", 0, {}), "");
}

TEST(SyscallArguments, WhatTheKernelWouldNotRead) {
  EXPECT_EQ(meaning("open", 2, {0, 0, 0644, 0}), "");
  EXPECT_EQ(meaning("open", 2, {0, 0x41, 0644, 0}), "rw-r--r--");
  EXPECT_EQ(meaning("openat", 3, {0, 0, 0x41, 0600}), "rw-------");
  EXPECT_EQ(meaning("socket", 2, {2, 1, 6, 0}), "tcp");
  EXPECT_EQ(meaning("socket", 2, {16, 3, 9, 0}), "");  // netlink's own numbers
  EXPECT_EQ(meaning("socket", 2, {2, 1, 0, 0}), "");
}

TEST(SyscallArguments, CallsThatOnlyShareAName) {
  EXPECT_EQ(meaning("mmap", 2, {0, 0, 5, 2}), "PROT_READ|PROT_EXEC");
  EXPECT_EQ(meaning("mmap", 2, {0, 0, 5, 2}, kI386), "");
  EXPECT_EQ(meaning("mmap2", 2, {0, 0, 5, 2}, kI386), "PROT_READ|PROT_EXEC");
  EXPECT_EQ(meaning("mmap", 3, {0, 0, 5, 2}, kS390x), "");
  EXPECT_EQ(meaning("clone", 0, {0x20000, 0, 0, 0}), "CLONE_NEWNS");
  EXPECT_EQ(meaning("clone", 0, {0x20000, 0, 0, 0}, kS390x), "");
  EXPECT_EQ(meaning("clone", 1, {0, 0x20000, 0, 0}, kS390x), "CLONE_NEWNS");
}

TEST(SyscallArguments, AnIntIsTheLowerHalfOfItsRegister) {
  EXPECT_EQ(meaning("kill", 1, {0, 0xdeadbeef00000009, 0, 0}), "SIGKILL");
}

}  // namespace
}  // namespace spoor::agent
