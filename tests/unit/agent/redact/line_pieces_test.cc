#include "agent/redact/line_pieces.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

std::vector<std::string> pieces(std::string_view message, LogEvent event) {
  LinePieces line(message, event);
  std::vector<std::string> found;
  EXPECT_EQ(line.with([&](std::string_view piece) {
              found.emplace_back(piece);
              return std::string(piece);
            }),
            message);
  return found;
}
LogEvent event_of(std::string_view program) {
  LogEvent event;
  event.program = program;
  return event;
}
using Pieces = std::vector<std::string>;

TEST(LinePiecesTest, ValuesAndWhatIsBetween) {
  const std::string_view message = "Failed password for a from x port 7";
  LogEvent event = event_of("sshd");
  event.account = message.substr(20, 1);
  event.address = message.substr(27, 1);
  EXPECT_EQ(pieces(message, event),
            (Pieces{"Failed password for ", "a", " from ", "x", " port 7"}));
  EXPECT_EQ(pieces("", event), Pieces());
}

TEST(LinePiecesTest, AddressesThatWereNotRead) {
  const LogEvent event = event_of("sshd");
  EXPECT_EQ(pieces("a: from 10.0.0.9 port 7", event),
            (Pieces{"a:", " from ", "10.0.0.9", " port 7"}));
  EXPECT_EQ(pieces("'a' from 10.0.0.9", event), (Pieces{"'a", "' from ", "10.0.0.9"}));
  EXPECT_EQ(pieces("rhost=2001:db8::1  b", event),
            (Pieces{"rhost", "=", "2001:db8::1", "  b"}));
  EXPECT_EQ(pieces("by fe80::1%eth0: x", event), (Pieces{"by", " ", "fe80::1%eth0", ": x"}));
  EXPECT_EQ(pieces("[10.0.0.9]:22", event), (Pieces{"[", "10.0.0.9", "]:22"}));
  EXPECT_EQ(pieces("10.0.0.9:4711", event), Pieces{"10.0.0.9:4711"});
  for (const char* none : {"1.2.3", "a:b", "12:30 1.2.3.4.5 beef x10.0.0.9", "::x"}) {
    EXPECT_EQ(pieces(none, event), Pieces{none});
  }
}

TEST(LinePiecesTest, ACommandIsWhole) {
  const std::string_view message = "bob : PWD=/ ; ENV=A=1 ; COMMAND=a -h 10.0.0.9 ; b";
  LogEvent event = event_of("sudo");
  EXPECT_EQ(pieces(message, event),
            (Pieces{"bob : PWD=/", " ; ", "ENV=A=1", " ; ", "COMMAND=a -h 10.0.0.9", " ; ", "b"}));
  event.command = message.substr(32);
  EXPECT_EQ(pieces(message, event), (Pieces{"bob : PWD=/", " ; ", "ENV=A=1", " ; ", "COMMAND=",
                                            "a -h 10.0.0.9 ; b"}));
  EXPECT_EQ(pieces(message, {}), Pieces{std::string(message)}) << "of nobody that we know";
}

TEST(LinePiecesTest, TheEventGoesWithItsPieces) {
  const std::string message = "for bob from x: why, bob";
  LogEvent event = event_of("sshd");
  event.account = std::string_view(message).substr(4, 3);
  event.reason = std::string_view(message).substr(16);
  event.operation = "not of the line";
  LinePieces line(message, event);
  const std::string now = line.with([](std::string_view piece) {
    return piece == "bob" ? "somebody" : std::string(piece);
  });
  line.move_event(now);
  EXPECT_EQ(event.account, "somebody");
  EXPECT_EQ(event.reason, "why, bob");
  EXPECT_EQ(event.reason.data(), now.data() + 21);
  EXPECT_EQ(event.operation, "not of the line");
}

}  // namespace
}  // namespace spoor::agent
