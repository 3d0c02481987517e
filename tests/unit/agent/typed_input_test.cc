#include "agent/typed_input.h"

#include "agent/decode/record_fields.h"
#include "agent/limits.h"
#include "agent/redact/redactor.h"
#include "tests/unit/agent/correlate/call_event.h"

namespace spoor::agent {
namespace {

using test::at_ms;

class TypedInputTest : public testing::Test {
 protected:
  static std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
      char digits[3];
      std::snprintf(digits, sizeof digits, "%02X", static_cast<unsigned char>(c));
      out += digits;
    }
    return out;
  }
  static AuditEvent keys(std::string_view bytes, uint32_t pid = 70, uint32_t minor = 0,
                         uint32_t auid = 1000, int64_t ms = 3000) {
    AuditEvent event = test::decoded(
        {{1319, test::stamp(ms, 10) + "tty pid=" + std::to_string(pid) + " uid=1000 auid=" +
                    std::to_string(auid) + " ses=3 major=136 minor=" + std::to_string(minor) +
                    " comm=\"bash\" data=" + hex(bytes)}});
    event.first_read = at_ms(ms + 1);
    return event;
  }
  // The lines that the event ended, edited; "-" for an event without any, "none" for no typed one.
  std::string read(AuditEvent event) {
    table_.read(event);
    if (!event.typed) return "none";
    std::string text;
    for (const TypedFields::Line& line : event.typed->lines) {
      text += std::string(event.bytes(line.edited)) + (line.unfinished ? "~" : "") + "|";
    }
    terminal_ = event.bytes(event.typed->terminal);
    comm_ = event.bytes(event.typed->comm);
    return text.empty() ? "-" : text;
  }

  std::string terminal_, comm_;
  std::vector<std::string> rests_;  // pid:edited@terminal of what was not ended
  TypedInputTable table_{[this](const TypedRest& rest) {
    rests_.push_back(std::to_string(rest.pid) + ":" + std::string(rest.edited) + "@" +
                     std::string(rest.terminal));
    EXPECT_EQ(rest.comm, "bash");
    EXPECT_EQ(rest.ses, 3u);
  }};
};

TEST_F(TypedInputTest, LinesOfARecord) {
  EXPECT_EQ(read(keys("ls -l\recho a\x7f" "b\r")), "ls -l|echo b|");
  EXPECT_EQ(terminal_, "pts/0");
  EXPECT_EQ(comm_, "bash");
  table_.close();
  EXPECT_TRUE(rests_.empty());
}

TEST_F(TypedInputTest, ALineGoesOnInTheNextRecordOfItsProcessAndTerminal) {
  EXPECT_EQ(read(keys("ls /e")), "-");
  EXPECT_EQ(read(keys("other\r", 71)), "other|");
  EXPECT_EQ(read(keys("third\r", 70, 1)), "third|");
  EXPECT_EQ(read(keys("tc\r")), "ls /etc|");
  EXPECT_EQ(table_.size(), 3u);
}

// Of each split of a line: neither the records nor the line hold a part of the secret.
TEST_F(TypedInputTest, ASecretOverTwoRecordsIsInNeither) {
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  table_.set_redactor(redactor);
  const std::string line = "mysql -u root -phunter2x shop\r", after = "ls\r";
  for (size_t at = 0; at <= line.size(); ++at) {
    AuditEvent first = keys(line.substr(0, at) + (at == line.size() ? after : "")),
               second = keys(line.substr(at) + after);
    if (at == line.size()) second = keys(after);
    std::string lines, text;
    for (AuditEvent* event : {&first, &second}) {
      if (event == &second && at == line.size()) break;
      table_.join(*event);
      decode_fields(*event, HasPlace::nothing);
      text += event->text;
      const bool rewritten = event->rewritten;
      for (const AuditEvent::Record& record : event->records) EXPECT_TRUE(record.parsed) << at;
      lines += read(std::move(*event));
      EXPECT_TRUE(rewritten || at == 0 || lines == "-") << at;
    }
    const std::string told = "mysql -u root -p«redacted:mysql-password» shop|ls|";
    EXPECT_NE(lines.find(told), lines.npos) << lines;
    for (size_t from = 0; from + 3 <= 8; ++from) {
      const std::string part = std::string("hunter2x").substr(from, 3);
      EXPECT_EQ(text.find(hex(part)), text.npos) << at << " " << part;
    }
  }
  EXPECT_TRUE(rests_.empty());
}

// Keys that move about make a secret of what was typed in another order, or put it back.
TEST_F(TypedInputTest, ASecretThatOnlyTheEditedLineHasIsInNothingThatIsTold) {
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  table_.set_redactor(redactor);
  const std::string left = "\x1b[D";
  for (const std::string& typed : std::vector<std::string>{
        "-phunter2x shop\x01mysql ", "hunter2x\x15mysql -p\x19",
        "mysql -phun shop" + left + left + left + left + left + "ter2x",
        "mysql shop\x1b" "b-phunter2x "}) {
    for (const size_t cut : {size_t{0}, typed.size() / 2, typed.size()}) {
      std::string text, lines, values;
      for (const std::string& part : {typed.substr(0, cut), typed.substr(cut) + "\rls\r"}) {
        AuditEvent event = keys(part);
        table_.join(event);
        decode_fields(event, HasPlace::nothing);
        text += event.text;
        table_.read(event);
        if (!event.typed) continue;
        for (const TypedFields::Line& line : event.typed->lines) {
          lines += std::string(event.bytes(line.edited)) + "|";
          values += event.bytes(line.typed);
        }
      }
      EXPECT_EQ(lines, "«redacted:unchecked»|ls|") << typed;
      for (const char* half : {"hun", "ter2x"}) {
        EXPECT_EQ(text.find(hex(half)), text.npos) << typed;
        EXPECT_EQ(values.find(half), values.npos) << typed;
      }
    }
  }
  AuditEvent harmless = keys("s" + left + "l\x05 -p\r");
  table_.join(harmless);
  EXPECT_FALSE(harmless.rewritten);
  EXPECT_EQ(read(harmless), "ls -p|");
  // What was begun when nothing more came, too.
  AuditEvent begun = keys("-phunter2x\x01mysql ");
  table_.join(begun);
  decode_fields(begun, HasPlace::nothing);
  EXPECT_EQ(read(begun), "-");
  table_.close();
  EXPECT_EQ(rests_, std::vector<std::string>{"70:«redacted:unchecked»@pts/0"});
}

TEST_F(TypedInputTest, HalfASecretThatIsNotEndedIsNotToldAndNotSaved) {
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  table_.set_redactor(redactor);
  AuditEvent event = keys("mysql -phunter");
  table_.join(event);
  decode_fields(event, HasPlace::nothing);
  EXPECT_EQ(event.text.find(hex("hunter")), std::string::npos);
  EXPECT_TRUE(event.rewritten);
  EXPECT_EQ(read(event), "-");
  EXPECT_EQ(table_.save().find("hunter"), std::string::npos);
  table_.close();
  EXPECT_EQ(rests_, std::vector<std::string>{"70:mysql -p«redacted:mysql-password»@pts/0"});
}

TEST_F(TypedInputTest, WhatHoldsNoSecretStaysByteForByte) {
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  table_.set_redactor(redactor);
  AuditEvent event = keys("ls -l\recho x\r");
  const std::string before = event.text;
  table_.join(event);
  EXPECT_EQ(event.text, before);
  EXPECT_FALSE(event.rewritten);
}

TEST_F(TypedInputTest, TheRestIsToldWhenTheSessionHasEnded) {
  EXPECT_EQ(read(keys("never en")), "-");
  EXPECT_EQ(read(keys("lives", 71)), "-");
  table_.left(4, at_ms(4000), [](uint32_t) { return false; });
  table_.tick(at_ms(9000));
  EXPECT_TRUE(rests_.empty()) << "another session";
  table_.left(3, at_ms(9000), [](uint32_t pid) { return pid == 71; });
  table_.tick(at_ms(9100));
  EXPECT_EQ(read(keys("ded")), "-");  // written when it ended, read behind the logout
  table_.tick(at_ms(9000 + kExitHoldNs / test::kMs));
  EXPECT_EQ(rests_, std::vector<std::string>{"70:never ended@pts/0"});
  table_.close();
}

TEST_F(TypedInputTest, WhatAShellTellsIsALine) {
  const AuditEvent event = test::decoded(
      {{1124, test::stamp(3000, 10) + "pid=70 uid=0 auid=1000 ses=3 data=" + hex("su - root")}});
  EXPECT_EQ(read(event), "su - root|");
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(TypedInputTest, OtherRecordsAreNone) {
  EXPECT_EQ(read(test::decoded({{1701, test::stamp(3000, 10) + "auid=1 pid=70 sig=11"}})), "none");
  EXPECT_EQ(read(test::decoded(test::exec_records({}))), "none");
}

TEST_F(TypedInputTest, TheRestIsToldWhenItsProcessHasEndedAndItsRecordsAreRead) {
  EXPECT_EQ(read(keys("never en")), "-");
  EXPECT_EQ(read(keys("lives", 71)), "-");
  table_.exited(70, at_ms(4000));
  table_.tick(at_ms(4100));
  EXPECT_TRUE(rests_.empty());
  EXPECT_EQ(read(keys("ded")), "-");  // written when it ended, read behind the exit
  table_.tick(at_ms(4000 + kExitHoldNs / test::kMs));
  EXPECT_EQ(rests_, std::vector<std::string>{"70:never ended@pts/0"});
  table_.close();
  EXPECT_EQ(rests_.back(), "71:lives@pts/0");
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(TypedInputTest, GoesOnAfterARestart) {
  EXPECT_EQ(read(keys("ls /e")), "-");
  table_.exited(70, at_ms(4000));
  TypedInputTable next([this](const TypedRest& rest) {
    rests_.push_back(std::string(rest.edited));
  });
  ASSERT_TRUE(next.restore(table_.save()).is_ok());
  AuditEvent event = keys("tc");
  next.read(event);
  next.tick(at_ms(5000));
  EXPECT_EQ(rests_, std::vector<std::string>{"ls /etc"});
  EXPECT_EQ(next.size(), 0u);
}

TEST_F(TypedInputTest, SavedBytesThatAreNotOurs) {
  (void)read(keys("ls /e"));
  const std::string saved = table_.save();
  for (size_t size = 0; size < saved.size(); ++size) {
    TypedInputTable next([](const TypedRest&) {});
    EXPECT_FALSE(next.restore(saved.substr(0, size)).is_ok());
    EXPECT_EQ(next.size(), 0u);
  }
}

TEST_F(TypedInputTest, AsAGuestNobodyElsesLinesAreLookedAt) {
  table_.set_only_login_uid(1000);
  EXPECT_EQ(read(keys("secret", 70, 0, 1001)), "none");
  EXPECT_EQ(table_.size(), 0u);
  EXPECT_EQ(read(keys("mine\r")), "mine|");
}

TEST_F(TypedInputTest, ManyLinesAndMuchText) {
  for (uint32_t pid = 1; pid <= kTypedLinesMax + 10; ++pid) (void)read(keys("x", pid));
  EXPECT_EQ(table_.size(), kTypedLinesMax);
  ASSERT_EQ(rests_.size(), 10u);
  EXPECT_EQ(rests_[0], "1:x@pts/0");
  const std::string much(4000, 'y');
  for (uint32_t pid = 1; pid <= 400; ++pid) (void)read(keys(much, pid));
  EXPECT_LT(table_.size(), kTypedLinesMax);
}

TEST(TypedInput, TerminalsByTheirNumbers) {
  EXPECT_EQ(terminal_name(136, 7), "pts/7");
  EXPECT_EQ(terminal_name(4, 1), "tty1");
  EXPECT_EQ(terminal_name(4, 64), "ttyS0");
  EXPECT_EQ(terminal_name(5, 1), "console");
  EXPECT_EQ(terminal_name(204, 64), "204:64");
}

}  // namespace
}  // namespace spoor::agent
