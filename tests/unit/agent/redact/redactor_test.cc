#include "agent/redact/redactor.h"

#include <gtest/gtest.h>

#include "agent/decode/audit_record.h"
#include "agent/decode/auth_log.h"
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
    LogLine log{.tag = "sudo", .message = message, .text = text};
    LogEvent said = decode_auth_log(log);
    std::string buffer;
    ASSERT_TRUE(redactor_.redact(log, said, buffer)) << command.line;
    EXPECT_EQ(log.text.find(command.secret), std::string_view::npos) << log.text;
    EXPECT_EQ(said.command, log.message.substr(log.message.find("COMMAND=") + 8));
    EXPECT_EQ(said.target, "root");
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
      LogLine log{.tag = "sudo", .message = message, .text = message};
      LogEvent said = decode_auth_log(log);
      std::string buffer;
      ASSERT_TRUE(redactor.redact(log, said, buffer)) << line;
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
  LogLine log{.tag = "pkexec", .message = message, .text = message};
  LogEvent said = decode_auth_log(log);
  std::string buffer;
  ASSERT_TRUE(redactor_.redact(log, said, buffer));
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
    for (const char* tag : {"sudo", "other"}) {
      LogLine log{.tag = tag, .message = message, .text = message};
      LogEvent said = decode_auth_log(log);
      std::string buffer;
      EXPECT_FALSE(redactor_.redact(log, said, buffer)) << log.text;
    }
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
  LogEvent said;
  std::string buffer;
  ASSERT_TRUE(redactor_.redact(line, said, buffer));
  EXPECT_EQ(line.message, "mysql -p«redacted:mysql-password»");
  EXPECT_EQ(line.text, "other text, token «redacted:github-token»");
}

// Whoever comes to sshd chooses a name, and blanks neither his address nor sshd's words with it.
TEST_F(RedactorTest, ANameThatLooksLikeALabelTakesNothingWithIt) {
  const std::string from = "10.0.0.9 port 4711";
  for (const std::string name :
       {"authorization:", "cookie:", "x-api-key:", "password=",
        "-----BEGIN PRIVATE KEY-----", "x://a:", "mysql -p"}) {
    for (const std::string& message :
         {"Failed password for invalid user " + name + " from " + from + " ssh2",
          "Invalid user " + name + " from " + from,
          "Connection closed by invalid user " + name + " " + from + " [preauth]",
          "Disconnecting invalid user " + name + " " + from + ": Too many failures [preauth]",
          "maximum authentication attempts exceeded for invalid user " + name + " from " + from +
              " ssh2 [preauth]",
          "Bad protocol version identification '" + name + "' from " + from,
          "some line of the future about " + name + " from " + from + " ssh3",
          "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser=" +
              name + " rhost=10.0.0.9  user=" + name,
          "FAILED LOGIN (1) on 'pts/0' from '10.0.0.9' FOR '" + name + "', User not known"}) {
      LogLine line{.tag = message.starts_with("FAILED LOGIN") ? "login" : "sshd",
                   .message = message,
                   .text = message};
      LogEvent said = decode_auth_log(line);
      const std::string address(said.address), account(said.account);
      std::string buffer;
      (void)redactor_.redact(line, said, buffer);
      EXPECT_EQ(line.message, message);
      EXPECT_EQ(said.address, address);
      EXPECT_EQ(said.account, account);
    }
  }
}

TEST_F(RedactorTest, ASecretForANameIsBlankedAndTheRestIsStillRead) {
  const std::string head = "Nov  5 07:39:12 web1 sshd[77]: ";
  // One byte less than what sshd cuts, so that the line gets longer than that.
  const std::string tail(500 - 1 - 109, 'x');
  const std::string message = "Failed password for invalid user password=hunter2x&token" + tail +
                              " from 10.0.0.9 port 4711 ssh2";
  const std::string text = head + message;
  LogLine line{.tag = "sshd", .message = std::string_view(text).substr(head.size()), .text = text};
  LogEvent said = decode_auth_log(line);
  ASSERT_EQ(said.port, 4711u);
  std::string buffer;
  ASSERT_TRUE(redactor_.redact(line, said, buffer));
  EXPECT_EQ(line.text, head + std::string(line.message));
  EXPECT_EQ(line.message, "Failed password for invalid user password=«redacted:field»&token" +
                              tail + " from 10.0.0.9 port 4711 ssh2");
  EXPECT_EQ(said.account, "password=«redacted:field»&token" + tail);
  EXPECT_EQ(said.address, "10.0.0.9");
  EXPECT_EQ(said.method, "password");
  EXPECT_TRUE(said.address.data() > line.message.data()) << "in the bytes that stay";
}

TEST_F(RedactorTest, WhatLibauditWritesIsNoSecret) {
  for (const std::string name : {"authorization:", "cookie:", "x-api-key:", "password="}) {
    for (const std::string& before : {"op=login acct=\"" + name + "\"", "op=" + name,
                                      "op=login acct=" + as_hex(name + " ")}) {
      AuditEvent event = event_of(
          {{1112, "pid=7 uid=0 auid=1 ses=4294967295 msg='" + before +
                      " exe=\"/usr/sbin/sshd\" addr=10.0.0.9 terminal=ssh res=failed'"}});
      EXPECT_FALSE(redactor_.redact(event)) << before;
    }
  }
  AuditEvent event = event_of({{1112, "pid=7 uid=0 msg='op=login acct=\"password=hunter2x\" "
                                      "exe=\"/usr/sbin/sshd\" hostname=? addr=10.0.0.9 "
                                      "terminal=ssh res=failed'"}});
  ASSERT_TRUE(redact(event));
  expect_gone(event, "hunter2x", "account");
  EXPECT_EQ(event.bytes(event.user->address), "10.0.0.9");
  EXPECT_EQ(event.user->success, false);
}

// The message as it stands in the end.
std::string sudo_line(Redactor& redactor, const std::string& message, uint32_t pid = 77) {
  LogLine line{.tag = "sudo", .tag_pid = pid, .message = message, .text = message};
  LogEvent said = decode_auth_log(line);
  std::string buffer;
  (void)redactor.redact(line, said, buffer);
  EXPECT_TRUE(said.command.empty() || line.message.ends_with(said.command));
  return std::string(line.message);
}

TEST_F(RedactorTest, SudosEnvironment) {
  const std::string head = "bob : TTY=pts/0 ; PWD=/ ; USER=root ; ENV=";
  for (const std::string before : {"", "A=b ", "MYSQL_HOST=db "}) {
    EXPECT_EQ(sudo_line(redactor_, head + before + "MYSQL_PWD=hunter2 X=y ; COMMAND=/bin/id"),
              head + before + "MYSQL_PWD=«redacted:variable» X=y ; COMMAND=/bin/id");
  }
  EXPECT_EQ(sudo_line(redactor_, head + "MYSQL_PWD=hunter2"),
            head + "MYSQL_PWD=«redacted:variable»");
  const std::string none = head + "MAX_TOKENS=100 LANG=C ; COMMAND=/bin/id";
  EXPECT_EQ(sudo_line(redactor_, none), none);
}

TEST_F(RedactorTest, SudosCommandThatGoesOnIsJudgedByItsBeginning) {
  const std::string first = "bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/mysql -v";
  const std::string more = "bob : (command continued) ";
  EXPECT_EQ(sudo_line(redactor_, first), first);
  EXPECT_EQ(sudo_line(redactor_, more + "-v -phunter2 -v db"),
            more + "-v -p«redacted:mysql-password» -v db");
  EXPECT_EQ(sudo_line(redactor_, more + "-v --password=hunter3"),
            more + "-v --password=«redacted:field»");
  EXPECT_EQ(sudo_line(redactor_, more + "and more -v"), more + "«redacted:unchecked» -v");
  // Of another writer, of whom no beginning is known.
  EXPECT_EQ(sudo_line(redactor_, more + "-v -phunter2 db", 78), more + "«redacted:unchecked»");
  const std::string harmless = "bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/cp a";
  EXPECT_EQ(sudo_line(redactor_, harmless), harmless);
  EXPECT_EQ(sudo_line(redactor_, more + "b -phunter2 db"), more + "b -phunter2 db");
}

Sent syscall_of(const std::string& exe, const std::string& success = "yes") {
  return {kSyscall, "arch=c000003e syscall=59 success=" + success +
                        " exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ppid=1 pid=77 auid=1000 uid=1000 "
                        "gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 "
                        "tty=pts0 ses=3 comm=\"x\" exe=\"" + exe + "\" key=(null)"};
}

TEST_F(RedactorTest, TheFileThatWasExecutedSaysWhoseArgumentsTheseAre) {
  const Sent renamed{kExecve, "argc=2 a0=\"x\" a1=\"-phunter2x\""};
  const Sent title{kProctitle, "proctitle=" + as_hex(std::string("x\0-phunter2x", 12))};
  AuditEvent event = event_of({syscall_of("/usr/bin/mysql"), renamed, title});
  ASSERT_TRUE(redact(event));
  expect_gone(event, "hunter2x", "exec -a");
  AuditEvent other = event_of({syscall_of("/usr/bin/cat"), renamed, title});
  EXPECT_FALSE(redactor_.redact(other));
  AuditEvent failed = event_of({syscall_of("/usr/bin/mysql", "no"), renamed});
  EXPECT_FALSE(redactor_.redact(failed)) << "mysql did this, and is not what was to be run";
  // Of the process's own title, in an event that is no command; also where it was seen before.
  AuditEvent seen = event_of({syscall_of("/usr/bin/cat"), title});
  EXPECT_FALSE(redactor_.redact(seen));
  AuditEvent its_file = event_of({syscall_of("/usr/bin/mysql"), title});
  ASSERT_TRUE(redact(its_file));
  expect_gone(its_file, "hunter2x", "title");
  // A name that is the end of the program's is another one, and so is none.
  for (const std::string name : {"l", "sql", ""}) {
    AuditEvent part = event_of({syscall_of("/usr/bin/mysql"),
                                {kProctitle, "proctitle=" + as_hex(name + '\0' + "-phunter2x")}});
    ASSERT_TRUE(redact(part)) << name;
    expect_gone(part, "hunter2x", name);
  }
}

TEST_F(RedactorTest, ArgumentsWhoseFirstRecordWasLost) {
  const Sent rest{kExecve, "a1=\"-v\" a2=\"-phunter2x\" a3=\"shop\""};
  AuditEvent known = event_of({syscall_of("/usr/bin/mysql"), rest});
  ASSERT_TRUE(redact(known));
  expect_gone(known, "hunter2x", "known");
  AuditEvent late = event_of({rest});
  ASSERT_TRUE(redact(late));
  expect_gone(late, "hunter2x", "of a program that nobody knows");
  AuditEvent other = event_of({syscall_of("/usr/bin/cp"), rest});
  EXPECT_FALSE(redactor_.redact(other));
}

}  // namespace
}  // namespace spoor::agent
