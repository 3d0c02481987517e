// Crashes are copies of the memory, taken at each step and opened by a ring that never knew the
// first one.
#include "agent/source/read_ring.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/limits.h"
#include "agent/source/audit_socket.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

const Id kBoot{1, 2, 3};

// Memory aligned as a mapping is.
class Memory {
 public:
  Memory() : bytes_(static_cast<uint8_t*>(std::aligned_alloc(4096, size()))) {
    std::memset(bytes_, 0, size());
  }
  Memory(const Memory& other) : Memory() { std::memcpy(bytes_, other.bytes_, size()); }
  Memory& operator=(const Memory&) = delete;
  ~Memory() { std::free(bytes_); }
  static size_t size() { return (ReadRing::memory_bytes() + 4095) / 4096 * 4096; }
  std::span<uint8_t> bytes() { return {bytes_, size()}; }

 private:
  uint8_t* bytes_;
};

std::vector<std::string> records_of(const ReadRing& ring, uint64_t from = 0) {
  std::vector<std::string> texts;
  const Status played = ring.play(from, ring.position(), [&](const ReadItem& item) {
    if (const auto* record = std::get_if<Datagram>(&item)) texts.emplace_back(record->text);
  });
  EXPECT_TRUE(played.is_ok()) << played.message();
  return texts;
}

// A socket whose other end the test writes to, read into a ring as the agent does.
class Reader {
 public:
  Reader(std::span<uint8_t> memory, int fd)
      : ring_(ReadRing::over(memory, kBoot)),
        socket_(AuditSocket::adopt(UniqueFd(dup(fd)), ring_.audit())) {}
  // `step` is called wherever a crash may come.
  void read(const std::function<void()>& step) {
    ASSERT_TRUE(socket_.receive({
        [&] {
          step();
          ring_.append(Instant{5, 5});
        },
        [&](const Datagram& record) {
          ring_.append(record);
          step();
        },
        [&] {
          step();
          ring_.publish();
          step();
        }}).is_ok());
  }
  ReadRing& ring() { return ring_; }

 private:
  ReadRing ring_;
  AuditSocket socket_;
};

class ReadRingCrashTest : public testing::Test {
 protected:
  ReadRingCrashTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    kernel_.reset(fds[0]);
    ours_.reset(fds[1]);
  }
  void send(const std::string& text) {
    nlmsghdr header{};
    header.nlmsg_type = 1300;
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes += text;
    ASSERT_EQ(::send(kernel_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
    sent_.push_back(text);
  }
  // What a successor has of all that was taken from the socket: from the ring, then its own read.
  static std::vector<std::string> after_crash(const Memory& memory) {
    Memory copy(memory);
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    const UniqueFd empty(fds[0]), unused(fds[1]);
    Reader successor(copy.bytes(), empty.get());
    successor.read([] {});
    return records_of(successor.ring());
  }

  Memory memory_;
  UniqueFd kernel_, ours_;
  std::vector<std::string> sent_;
};

TEST_F(ReadRingCrashTest, WhatWasTakenIsThereOnceWhereverTheCrashComes) {
  Reader reader(memory_.bytes(), ours_.get());
  int steps = 0;
  for (int batch = 0; batch < 3; ++batch) {
    for (int i = 0; i < 3; ++i) {
      send("record " + std::to_string(batch) + "." + std::to_string(i) +
           std::string(i == 1 ? 9000 : 10, 'x'));
    }
    reader.read([&] {
      ++steps;
      EXPECT_EQ(after_crash(memory_), sent_) << "step " << steps;
    });
  }
  EXPECT_EQ(steps, 3 * 6);
  EXPECT_EQ(records_of(reader.ring()), sent_);
}

TEST_F(ReadRingCrashTest, HalfABatchWasTaken) {
  Reader reader(memory_.bytes(), ours_.get());
  send("first");
  send("second");
  send("third");
  // recvmmsg(2) got as far as the second length; the third datagram is in the socket still.
  reader.read([&, once = false]() mutable {
    if (std::exchange(once, true)) return;
    Memory copy(memory_);
    constexpr size_t kAreaOffset = 4096;
    auto* messages = reinterpret_cast<mmsghdr*>(copy.bytes().data() + kAreaOffset + 64);
    ASSERT_NE(messages[2].msg_len, 0u);
    messages[2].msg_len = 0;
    EXPECT_EQ(after_crash(copy), (std::vector<std::string>{"first", "second"}));
  });
}

TEST_F(ReadRingCrashTest, SuccessorOfASuccessorHasItAllOnce) {
  {
    Reader first(memory_.bytes(), ours_.get());
    send("one");
    first.read([] {});
    send("two");
    EXPECT_EQ(first.ring().audit().fill(ours_.get()), 1);  // and dies
  }
  {
    Reader second(memory_.bytes(), ours_.get());
    send("three");
    second.read([] {});  // what the first took
    second.read([] {});
    EXPECT_EQ(records_of(second.ring()), sent_);
  }
  Reader third(memory_.bytes(), ours_.get());
  EXPECT_EQ(records_of(third.ring()), sent_);
}

TEST_F(ReadRingCrashTest, PredecessorsBatchDoesNotSayThatTheSocketIsEmpty) {
  {
    Reader first(memory_.bytes(), ours_.get());
    send("one");
    EXPECT_EQ(first.ring().audit().fill(ours_.get()), 1);
  }
  ReadRing ring = ReadRing::over(memory_.bytes(), kBoot);
  EXPECT_EQ(ring.audit().fill(ours_.get()), 1);
  EXPECT_FALSE(ring.audit().emptied());
}

// ------------------------------------------------------------------ the ring

// Appends and publishes a record of that size.
void put(ReadRing& ring, size_t bytes) {
  ring.append(Datagram{1300, std::string(bytes, 'r')});
  ring.publish();
}

TEST(ReadRingTest, EveryKindOfItemComesBack) {
  ReadRing ring = ReadRing::in_memory();
  ProcessMessage exit;
  exit.kind = ProcessMessage::Kind::exit;
  exit.pid = 4711;
  exit.wait_status = 256;
  ring.append(Instant{7, 8});
  ring.append(Datagram{1309, "argc=1"});
  ring.append(exit);
  ring.append(SocketDrained());
  ring.append(TimersDue());
  ring.append(ReadingGap());
  ring.append(KernelStatus{.asked = {1, 2}, .lost = 3});
  ring.append(RecordDrops{4, 5});
  ring.append(MessageDrops{6, 7, {8, 9}});
  PlaceAnswer answer;
  answer.ticket = 11;
  answer.seen = {Place::container, 1000, "sshd", "docker", "abc", "x.scope", 12, "/bin/sshd"};
  answer.directories = {{5, "fe:00", 1ull << 40, "/" + std::string(4095, 'd')}, {6, "", 2, "/"}};
  answer.seen.container.append(300, 'c');  // longer than any name
  ring.append(answer);
  LogLine line;
  line.tag = "sudo";
  line.cursor = "17";
  ring.append(line);
  ring.append(LogPosition{"journal", "18", true, 19});
  EXPECT_FALSE(ring.has(ring.position())) << "not yet published";
  ring.publish();
  std::vector<ReadItem> items;
  std::string text;
  ASSERT_TRUE(ring.play(0, ring.position(), [&](const ReadItem& item) {
    items.push_back(item);
    if (const auto* record = std::get_if<Datagram>(&item)) text = record->text;
  }).is_ok());
  ASSERT_EQ(items.size(), 12u);
  EXPECT_EQ(std::get<Instant>(items[0]).boottime_ns, 8);
  EXPECT_EQ(std::get<Datagram>(items[1]).type, 1309);
  EXPECT_EQ(text, "argc=1");
  EXPECT_EQ(std::get<ProcessMessage>(items[2]).pid, 4711u);
  EXPECT_EQ(std::get<ProcessMessage>(items[2]).wait_status, 256u);
  EXPECT_TRUE(std::holds_alternative<SocketDrained>(items[3]));
  EXPECT_TRUE(std::holds_alternative<TimersDue>(items[4]));
  EXPECT_TRUE(std::holds_alternative<ReadingGap>(items[5]));
  EXPECT_EQ(std::get<KernelStatus>(items[6]).lost, 3u);
  EXPECT_EQ(std::get<RecordDrops>(items[7]).drops, 5u);
  EXPECT_EQ(std::get<MessageDrops>(items[8]).within.until_ns, 9);
  const auto& back = std::get<PlaceAnswer>(items[9]);
  EXPECT_EQ(back.ticket, 11u);
  EXPECT_EQ(back.seen.place, Place::container);
  EXPECT_EQ(back.seen.uid, 1000u);
  EXPECT_EQ(back.seen.comm, "sshd");
  EXPECT_EQ(back.seen.runtime, "docker");
  EXPECT_EQ(back.seen.exe, "/bin/sshd");
  ASSERT_EQ(back.directories.size(), 2u);
  EXPECT_EQ(back.directories[0].descriptor, 5);
  EXPECT_EQ(back.directories[0].device, "fe:00");
  EXPECT_EQ(back.directories[0].inode, 1ull << 40);
  EXPECT_EQ(back.directories[0].path, answer.directories[0].path);
  EXPECT_EQ(back.directories[1].path, "/");
  EXPECT_EQ(back.seen.container.size(), kPlaceNameBytesMax);
  EXPECT_EQ(back.seen.unit, "x.scope");
  EXPECT_EQ(back.seen.unit_started_ns, 12);
  EXPECT_EQ(std::get<LogLine>(items[10]).tag, "sudo");
  EXPECT_EQ(std::get<LogLine>(items[10]).cursor, "17");
  EXPECT_EQ(std::get<LogPosition>(items[11]).since_ns, 19);
}

TEST(ReadRingTest, GoesRoundAndRoundWhileItIsSettled) {
  ReadRing ring = ReadRing::in_memory();
  uint64_t before = 0;
  for (int i = 0; i < 5'000; ++i) {
    before = ring.position();
    put(ring, 1 + static_cast<size_t>(i) * 7 % 9'000);
    ASSERT_TRUE(ring.has(before));
    ASSERT_EQ(records_of(ring, before).size(), 1u);
    ring.settle(ring.position());
  }
  EXPECT_GT(ring.position(), 2 * kReadRingBytes);
  EXPECT_FALSE(ring.has(before));
}

// It holds what is redacted everywhere else.
TEST(ReadRingTest, WhatIsSettledIsZero) {
  alignas(64) static std::array<uint8_t, 8u << 20> memory;
  ASSERT_LE(ReadRing::memory_bytes(), memory.size());
  const auto count = [&](const std::string& bytes) {
    int found = 0;
    for (auto at = memory.begin();; ++at, ++found) {
      at = std::search(at, memory.end(), bytes.begin(), bytes.end());
      if (at == memory.end()) return found;
    }
  };
  ReadRing ring = ReadRing::over(memory, kBoot);
  const auto put_secret = [&](const std::string& secret) {
    ring.append(Datagram{1309, secret});
    ring.publish();
    return ring.position();
  };
  const std::string settled = "-psettled" + std::string(3'000, 'x');
  while (ring.position() < 2 * kReadRingBytes) ring.settle(put_secret(settled));
  EXPECT_EQ(count("-psettled"), 0) << "over the ring's end, too";
  put_secret("-pfirst");
  const uint64_t second = ring.position();
  put_secret("-psecond");
  ring.settle(second);
  EXPECT_EQ(count("-pfirst"), 0);
  EXPECT_EQ(count("-psecond"), 1);
  EXPECT_EQ(records_of(ring, second).size(), 1u);
  ring.forget();
  EXPECT_EQ(count("-psecond"), 0);
  EXPECT_TRUE(ring.has(ring.position()));
}

TEST(ReadRingTest, FullRingGivesUpWhatWasAndSaysSo) {
  ReadRing ring = ReadRing::in_memory();
  while (ring.position() < kReadRingBytes - 10'000) put(ring, 8'000);
  EXPECT_TRUE(ring.has(0));
  const uint64_t given_up = ring.position();
  put(ring, 8'000);
  put(ring, 8'000);
  EXPECT_FALSE(ring.has(0));
  EXPECT_TRUE(ring.has(given_up) || ring.has(ring.position()));
  EXPECT_EQ(ring.play(0, ring.position(), [](const ReadItem&) {}).code(), Code::not_found);
  const uint64_t from = ring.position();
  put(ring, 100);
  EXPECT_EQ(records_of(ring, from).size(), 1u);
}

TEST(ReadRingTest, PositionsThatAreNoneAreRefused) {
  ReadRing ring = ReadRing::in_memory();
  put(ring, 100);
  for (const uint64_t from : {uint64_t{1}, ring.position() + 8, ~uint64_t{0}, ~uint64_t{7}}) {
    EXPECT_FALSE(ring.has(from)) << from;
  }
  ring.settle(~uint64_t{0});  // cannot claim more than there is
  EXPECT_TRUE(ring.has(ring.position()));
}

TEST(ReadRingTest, FileOutlivesItsMapping) {
  const TempFolder folder;
  uint64_t id = 0;
  {
    auto ring = ReadRing::open(folder / "ring", kBoot);
    ASSERT_TRUE(ring.is_ok()) << ring.status().message();
    id = ring->id();
    put(*ring, 33);
  }
  auto again = ReadRing::open(folder / "ring", kBoot);
  ASSERT_TRUE(again.is_ok());
  EXPECT_EQ(again->id(), id);
  EXPECT_EQ(records_of(*again).size(), 1u);
}

TEST(ReadRingTest, FileOfAnotherBootOrShapeIsMadeAnew) {
  const TempFolder folder;
  for (const char* damage : {"none", "magic", "layout", "short", "tail"}) {
    uint64_t id = 0;
    {
      auto ring = ReadRing::open(folder / "ring", kBoot);
      id = ring->id();
      put(*ring, 33);
    }
    const std::string what = damage;
    if (what == "short") {
      EXPECT_EQ(truncate((folder / "ring").c_str(), 4), 0);
    }
    if (what == "magic" || what == "layout" || what == "tail") {
      std::fstream file(folder / "ring", std::ios::in | std::ios::out | std::ios::binary);
      // Of the tail, the highest byte.
      file.seekp(what == "magic" ? 0 : what == "layout" ? 8 : 56 + 7);
      file.put('\x7f');
    }
    auto again = ReadRing::open(folder / "ring", what == "none" ? Id{9} : kBoot);
    ASSERT_TRUE(again.is_ok());
    EXPECT_NE(again->id(), id) << what;
    EXPECT_EQ(again->position(), 0u) << what;
  }
}

TEST(ReadRingTest, NoteIsZeroedWithTheRingAndElseKept) {
  const TempFolder folder;
  {
    auto ring = ReadRing::open(folder / "ring", kBoot);
    EXPECT_EQ(ring->note()[0], 0);
    ring->note()[0] = 77;
  }
  EXPECT_EQ(ReadRing::open(folder / "ring", kBoot)->note()[0], 77);
  EXPECT_EQ(ReadRing::open(folder / "ring", Id{9})->note()[0], 0);
}

TEST(ReadRingTest, LinkInItsPlaceIsNotFollowed) {
  const TempFolder folder;
  ASSERT_EQ(symlink("/etc/passwd", (folder / "ring").c_str()), 0);
  EXPECT_FALSE(ReadRing::open(folder / "ring", kBoot).is_ok());
}

}  // namespace
}  // namespace spoor::agent
