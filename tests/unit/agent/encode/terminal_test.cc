#include "agent/encode/terminal.h"

#include <gtest/gtest.h>

#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

std::string written(std::string_view said) {
  WireWriter w;
  put_terminal(w, v1::Endpoint::kTerminalFieldNumber, said);
  v1::Endpoint read;
  EXPECT_TRUE(read.ParseFromString(std::string(w.view())));
  return read.terminal();
}

TEST(Terminal, OneFormWhoeverSaidIt) {
  for (const char* said : {"pts0", "/dev/pts/0", "pts/0"}) EXPECT_EQ(written(said), "pts/0");
  EXPECT_EQ(written("pts1023"), "pts/1023");
  EXPECT_EQ(written("/dev/tty1"), "tty1");
  EXPECT_EQ(written("tty1"), "tty1");
  EXPECT_EQ(written("/dev/pts7"), "pts/7");
}

TEST(Terminal, OtherWordsStay) {
  for (const char* said : {"ssh", "cron", ":0", "pts", "ptsx", "pts0x", "dev/pts/0", "ttyS0"}) {
    EXPECT_EQ(written(said), said);
  }
  EXPECT_EQ(written(""), "");
  WireWriter w;
  put_terminal(w, v1::Endpoint::kTerminalFieldNumber, "");
  EXPECT_TRUE(w.view().empty());
}

}  // namespace
}  // namespace spoor::agent
