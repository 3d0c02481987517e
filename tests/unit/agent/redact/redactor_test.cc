#include "agent/redact/redactor.h"

#include <gtest/gtest.h>

#include "agent/decode/audit_record.h"
#include "agent/redact/record_values.h"
#include "tests/support/sample_commands.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kSyscall = 1300, kExecve = 1309, kTty = 1319, kProctitle = 1327, kUserCmd = 1123,
                   kUserTty = 1124;
const std::string kStamp = "audit(1700000000.123:45): ";

std::shared_ptr<const RedactRules> shipped() {
  static const LoadedRedactRules loaded = load_redact_rules(shipped_redact_rules());
  EXPECT_EQ(loaded.problems, std::vector<std::string>());
  return loaded.rules;
}

struct Sent {
  uint16_t type = 0;
  std::string body;
};

AuditEvent event_of(const std::vector<Sent>& records) {
  AuditEvent event;
  const EventKey key{1'700'000'000'123, 45};
  for (const Sent& sent : records) {
    const std::string text = kStamp + sent.body;
    decode_record({sent.type, text}, key, event);
  }
  return event;
}

Sent exec_of(const std::vector<std::string>& args) {
  std::string body = "argc=" + std::to_string(args.size());
  for (size_t i = 0; i < args.size(); ++i) {
    body += " a" + std::to_string(i) + "=" + written(args[i]);
  }
  return {kExecve, body};
}

// As the kernel does it with what does not fit, but for the size: a few bytes a piece, and a record
// for each.
std::vector<Sent> pieces_of(const std::vector<std::string>& args) {
  std::vector<Sent> records{{kExecve, "argc=" + std::to_string(args.size())}};
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string name = "a" + std::to_string(i);
    if (args[i].size() < 4) {
      records.push_back({kExecve, name + "=" + written(args[i])});
      continue;
    }
    const bool quoted = written(args[i]).starts_with('"');
    std::string length = name + "_len=" + std::to_string(args[i].size() * (quoted ? 1 : 2)) + " ";
    for (size_t at = 0, piece = 0; at < args[i].size(); at += 3, ++piece) {
      const std::string part = args[i].substr(at, 3);
      records.push_back({kExecve, length + name + "[" + std::to_string(piece) + "]=" +
                                      (quoted ? '"' + part + '"' : as_hex(part))});
      length.clear();
    }
  }
  return records;
}

class RedactorTest : public ::testing::Test {
 protected:
  // Redacts and decodes again, as the pipeline does.
  bool redact(AuditEvent& event) {
    if (!redactor_.redact(event)) return false;
    decode_again(event);
    EXPECT_TRUE(event.rewritten);
    return true;
  }
  std::vector<std::string> args_of(const AuditEvent& event) const {
    std::vector<std::string> args;
    if (event.exec) {
      for (const ExecArgument& arg : event.exec->args) args.emplace_back(event.bytes(arg.value));
    }
    return args;
  }
  // In no form that it is written in.
  static void expect_gone(const AuditEvent& event, const std::string& secret,
                          const std::string& what) {
    for (const std::string_view bytes :
         {std::string_view(event.text), std::string_view(event.values)}) {
      EXPECT_EQ(bytes.find(secret), bytes.npos) << what;
      EXPECT_EQ(bytes.find(as_hex(secret)), bytes.npos) << what;
    }
    EXPECT_TRUE(event.rewritten) << what;
  }
  static std::string data_of(const AuditEvent& event) {
    TextField field;
    const std::string& text = event.text;
    for (size_t at = body_of_record(text); next_field(text, at, field); at = field.end) {
      if (field.key == "data" || field.key == "cmd") return value_of(field);
    }
    return "";
  }

  Redactor redactor_{shipped()};
};

TEST_F(RedactorTest, ThereAreEnoughSamples) {
  EXPECT_GE(sample_commands("secrets.txt").size(), 80u);
  EXPECT_GE(sample_commands("harmless.txt").size(), 80u);
}

TEST_F(RedactorTest, ArgumentsLoseTheSecretAndNothingElse) {
  for (const SampleCommand& command : sample_commands("secrets.txt")) {
    AuditEvent event = event_of({exec_of(command.args)});
    ASSERT_TRUE(redact(event)) << command.line;
    expect_gone(event, command.secret, command.line);
    const auto args = args_of(event);
    ASSERT_EQ(args.size(), command.args.size()) << command.line;
    for (size_t i = 0; i < args.size(); ++i) {
      const size_t at = command.args[i].find(command.secret);
      if (at == std::string::npos) {
        EXPECT_EQ(args[i], command.args[i]) << command.line;
        continue;
      }
      // All around it stays.
      const std::string tail = command.args[i].substr(at + command.secret.size());
      EXPECT_TRUE(args[i].starts_with(command.args[i].substr(0, at) + "«redacted:")) << args[i];
      EXPECT_TRUE(args[i].ends_with("»" + tail)) << args[i];
    }
    for (const auto& record : event.records) EXPECT_TRUE(record.parsed) << command.line;
    EXPECT_FALSE(redactor_.redact(event)) << "a second look finds nothing more: " << command.line;
  }
}

TEST_F(RedactorTest, SecretsInPiecesAreFound) {
  for (const SampleCommand& command : sample_commands("secrets.txt")) {
    AuditEvent whole = event_of({exec_of(command.args)});
    ASSERT_TRUE(redact(whole)) << command.line;
    AuditEvent event = event_of(pieces_of(command.args));
    ASSERT_EQ(args_of(event), command.args);
    ASSERT_TRUE(redact(event)) << command.line;
    expect_gone(event, command.secret, command.line);
    EXPECT_EQ(args_of(event), args_of(whole)) << command.line;
    for (const ExecArgument& arg : event.exec->args) EXPECT_TRUE(arg.present && !arg.cut);
    for (const auto& record : event.records) EXPECT_TRUE(record.parsed) << command.line;
  }
}

TEST_F(RedactorTest, TheTitleGoesWithTheCommandsSecret) {
  for (const SampleCommand& command : sample_commands("secrets.txt")) {
    const std::string title = joined(command.args, '\0');
    const Sent record{kProctitle, "proctitle=" + as_hex(title)};
    AuditEvent alone = event_of({{kSyscall, "arch=c000003e syscall=257"}, record});
    ASSERT_TRUE(redact(alone)) << command.line;
    expect_gone(alone, command.secret, command.line);
    EXPECT_EQ(alone.records.size(), 1u);
    EXPECT_FALSE(alone.proctitle);
    // M10: the title may be another program's.
    AuditEvent other = event_of({exec_of(command.args), {kProctitle, "proctitle=\"bash\""}});
    ASSERT_TRUE(redact(other));
    EXPECT_EQ(other.records.size(), 1u) << command.line;
  }
}

TEST_F(RedactorTest, SudosOwnRecordAndItsLogLine) {
  for (const SampleCommand& command : sample_commands("secrets.txt")) {
    const std::string line = joined(command.args, ' ');
    AuditEvent event = event_of({{kUserCmd,
                                  "pid=7 uid=1000 auid=1000 ses=3 msg='cwd=\"/home/alice\" cmd=" +
                                      as_hex(line) + " exe=\"/usr/bin/sudo\" terminal=pts/0 "
                                      "res=success'\x1dUID=\"alice\" AUID=\"alice\""}});
    ASSERT_TRUE(redact(event)) << command.line;
    expect_gone(event, command.secret, command.line);
    EXPECT_TRUE(event.user && event.user->success);
    EXPECT_EQ(event.bytes(event.user->exe), "/usr/bin/sudo");
    EXPECT_NE(event.bytes(event.user->command).find("«redacted:"), std::string_view::npos);
    EXPECT_TRUE(event.text.ends_with("\x1dUID=\"alice\" AUID=\"alice\""));

    const std::string message =
        "   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=" + line;
    const std::string text = "Nov  5 07:39:12 web1 sudo[77]: " + message;
    LogLine log{.message = message, .text = text};
    std::string buffer;
    ASSERT_TRUE(redactor_.redact(log, buffer)) << command.line;
    EXPECT_EQ(log.text.find(command.secret), std::string_view::npos) << log.text;
    EXPECT_TRUE(log.text.ends_with(log.message));
    EXPECT_TRUE(log.text.starts_with("Nov  5 07:39:12 web1 sudo[77]:    alice : TTY=pts/0 ; PWD="));
  }
}

// sudo's words have lost the borders of arguments; its own arguments have them.
TEST_F(RedactorTest, ASecretWithSpacesInSudosWords) {
  const std::vector<std::vector<std::string>> commands = {
      {"mysql", "--password=two hunter2x words", "shop"},
      {"mysql", "-ptwo hunter2x words", "shop"},
      {"mysql", "--password=it's hunter2x", "-e", "select 1"},
      {"mongosh", "-p", "two \"hunter2x\" words", "shop"},
      {"curl", "-u", "bob:two hunter2x", "https://example.org"},
      {"htpasswd", "-b", "/etc/x", "bob", "two hunter2x"}};
  for (const bool known : {true, false}) {
    for (std::vector<std::string> args : commands) {
      const std::string line = joined(args, ' ');
      args.insert(args.begin(), {"sudo", "-n"});
      Redactor redactor(shipped());
      if (known) {
        AuditEvent exec = event_of({exec_of(args)});
        ASSERT_TRUE(redactor.redact(exec)) << line;
      }
      AuditEvent event = event_of({{kUserCmd, "pid=7 uid=1000 auid=1000 ses=3 msg='cwd=\"/\" cmd=" +
                                                  as_hex(line) + " exe=\"/usr/bin/sudo\" "
                                                  "terminal=pts/0 res=success'"}});
      ASSERT_TRUE(redactor.redact(event)) << line;
      const std::string cmd = data_of(event);
      const std::string head = "   alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/";
      const std::string message = head + line;
      LogLine log{.message = message, .text = message};
      std::string buffer;
      ASSERT_TRUE(redactor.redact(log, buffer)) << line;
      EXPECT_TRUE(log.text.starts_with(head)) << log.text;
      for (const std::string_view text : {std::string_view(cmd), log.text}) {
        for (const char* part : {"two", "it's", "hunter2x", "words"}) {
          EXPECT_EQ(text.find(part), text.npos) << text;
        }
        // Where the arguments are known, nothing else goes.
        if (!known) continue;
        EXPECT_EQ(text.ends_with(" " + args.back()), args[2] != "htpasswd") << text;
      }
    }
  }
  // pkexec's command stands in brackets.
  const std::string message = "alice: Executing command [USER=root] [TTY=pts/0] [CWD=/] "
                              "[COMMAND=/usr/bin/mysql --password=two hunter2x]";
  LogLine log{.message = message, .text = message};
  std::string buffer;
  ASSERT_TRUE(redactor_.redact(log, buffer));
  EXPECT_NE(log.text.find("[COMMAND=/usr/bin/mysql --password=«redacted:"), log.text.npos);
  EXPECT_TRUE(log.text.ends_with("»]")) << log.text;
}

TEST_F(RedactorTest, TypedInputAlsoWithMistakesTakenBack) {
  for (const SampleCommand& command : sample_commands("secrets.txt")) {
    std::string mistyped = "ls\r" + command.line + "\rexit\r";
    const size_t at = mistyped.find(command.secret);
    // The first two letters of the secret, and then from its beginning again.
    mistyped.insert(at, command.secret.substr(0, 2) + "\x7f\b");
    for (const std::string& typed : {command.line + "\r", mistyped}) {
      AuditEvent event = event_of(
          {{kTty, "tty pid=9 uid=1000 auid=1000 ses=3 major=136 minor=0 comm=\"bash\" data=" +
                      as_hex(typed)}});
      ASSERT_TRUE(redact(event)) << command.line;
      expect_gone(event, command.secret, command.line);
      EXPECT_EQ(event.text.find(as_hex(command.secret.substr(0, 2) + "\x7f")), std::string::npos);
    }
    AuditEvent by_shell =
        event_of({{kUserTty, "pid=9 uid=1000 auid=1000 ses=3 data=" + written(command.line)}});
    ASSERT_TRUE(redact(by_shell)) << command.line;
    expect_gone(by_shell, command.secret, command.line);
    EXPECT_NE(data_of(by_shell).find("«redacted:"), std::string::npos);
  }
}

TEST_F(RedactorTest, LookAlikesAreLeftAloneEverywhere) {
  for (const SampleCommand& command : sample_commands("harmless.txt")) {
    const std::string line = joined(command.args, ' ');
    const std::string message = "alice : PWD=/home/alice ; USER=root ; COMMAND=" + line;
    std::vector<std::vector<Sent>> events = {
        {exec_of(command.args), {kProctitle, "proctitle=" + as_hex(joined(command.args, '\0'))}},
        pieces_of(command.args),
        {{kUserCmd, "pid=7 uid=0 msg='cwd=\"/\" cmd=" + as_hex(line) + " res=success'"}},
        {{kTty, "tty pid=9 comm=\"bash\" data=" + as_hex(command.line + "\r")}}};
    for (const auto& records : events) {
      AuditEvent event = event_of(records);
      const std::string before = event.text;
      EXPECT_FALSE(redactor_.redact(event)) << event.text << "\nof " << command.line;
      EXPECT_EQ(event.text, before);
      EXPECT_FALSE(event.rewritten);
    }
    LogLine log{.message = message, .text = message};
    std::string buffer;
    EXPECT_FALSE(redactor_.redact(log, buffer)) << log.text;
  }
}

TEST_F(RedactorTest, OtherArgumentsStayByteForByte) {
  AuditEvent event =
      event_of({{kExecve, "argc=4 a0=\"mysql\" a1=2D70612062 a2_len=8 a2[0]=\"shop\""},
                {kExecve, "a2[1]=\"0001\" a3=7820"}});
  ASSERT_TRUE(redact(event));
  const std::string blanked = as_hex("-p«redacted:mysql-password»");
  EXPECT_EQ(event.text, kStamp + "argc=4 a0=\"mysql\" a1=" + blanked +
                            " a2_len=8 a2[0]=\"shop\"" + kStamp + "a2[1]=\"0001\" a3=7820");
}

// What decode keeps no room for stands in the text all the same.
TEST_F(RedactorTest, ArgumentsThatAreNotKeptAreBlankedInTheText) {
  for (const char* body : {"argc=2 a0=\"mysql\" a9=\"-phunter2x\"",
                           "a4294967297=\"--password=hunter2x\" a0=\"mysql\"",
                           "argc=3 a0=\"mysql\" a0=\"again\" a1=\"-phunter2x\""}) {
    AuditEvent event = event_of({{kExecve, body}});
    ASSERT_TRUE(redact(event)) << body;
    expect_gone(event, "hunter2x", body);
  }
}

TEST_F(RedactorTest, ATitleThatIsCutInTheSecretGoes) {
  std::string title = "deploy" + std::string(1, '\0') + std::string(97, 'x') +
                      std::string(1, '\0') + "ghp_MadeUpToken0123456789";
  title.resize(127, 'y');
  title.resize(120);
  title += "1234567";
  AuditEvent event = event_of({{kProctitle, "proctitle=" + as_hex(title)}});
  ASSERT_TRUE(redact(event));
  EXPECT_TRUE(event.records.empty());
  // A long address is none.
  std::string address = "wget" + std::string(1, '\0') + "https://example.org/";
  address.resize(127, 'y');
  AuditEvent harmless = event_of({{kProctitle, "proctitle=" + as_hex(address)}});
  EXPECT_FALSE(redact(harmless));
}

// A run that was killed had saved the first piece, redacted; the next one comes after it.
TEST_F(RedactorTest, TheRestOfASecretThatWasBlankedBeforeIsNotKept) {
  AuditEvent begun = event_of({{kExecve, "argc=2 a0=\"mysql\" a1_len=16 a1[0]=\"-phunter\""}});
  ASSERT_TRUE(redact(begun));
  expect_gone(begun, "hunter", "begun");
  AuditEvent event;
  event.rewritten = true;
  decode_record({kExecve, begun.text}, begun.key, event);
  const std::string rest = kStamp + "a1[1]=\"2xyz\"";
  decode_record({kExecve, rest}, begun.key, event);
  ASSERT_TRUE(redact(event));
  EXPECT_EQ(event.text.find("2xyz"), std::string::npos) << event.text;
  EXPECT_EQ(args_of(event).at(1), "-p«redacted:mysql-password»");
}

TEST_F(RedactorTest, MessagesOfPrograms) {
  AuditEvent event = event_of({{1105, "pid=7 uid=0 msg='op=login https://bob:hunter2x@example.org "
                                      "acct=\"bob\" res=success'"}});
  ASSERT_TRUE(redact(event));
  expect_gone(event, "hunter2x", "message");
  EXPECT_TRUE(event.user && event.user->success == true);
  EXPECT_EQ(event.bytes(event.user->account), "bob");
}

TEST_F(RedactorTest, WhatIsTypedIntoSomePrograms) {
  std::string line = "bob:hunter2x";
  EXPECT_FALSE(redactor_.redact_typed(line, "cat"));
  EXPECT_TRUE(redactor_.redact_typed(line, "chpasswd"));
  EXPECT_EQ(line, "bob:«redacted:chpasswd-typed»");
  line = "auth hunter2x";
  EXPECT_TRUE(redactor_.redact_typed(line, "redis-cli"));
  EXPECT_EQ(line, "auth «redacted:redis-typed»");
}

TEST_F(RedactorTest, ALineWhoseMessageIsNotItsEnd) {
  const std::string message = "mysql -phunter2x";
  const std::string text = "other text, token ghp_MadeUpToken0123456789abcdefghijklmn";
  LogLine line{.message = message, .text = text};
  std::string buffer;
  ASSERT_TRUE(redactor_.redact(line, buffer));
  EXPECT_EQ(line.message, "mysql -p«redacted:mysql-password»");
  EXPECT_EQ(line.text, "other text, token «redacted:github-token»");
}

}  // namespace
}  // namespace spoor::agent
