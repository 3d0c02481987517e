#include "collector/cli/words.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <csignal>

namespace spoor::cli {
namespace {

std::string end(const v1::Command& command, bool session_ended = false) {
  return end_text(command, session_ended).render(false);
}

TEST(Words, WhoWhenLittleIsKnown) {
  v1::Session session;
  session.set_host("web1");
  EXPECT_EQ(who_text(session), "web1");
  EXPECT_EQ(user_text(session), "-");
  session.set_login_uid(0);
  EXPECT_EQ(who_text(session), "uid 0@web1");
  session.set_login_name("a\x1b");
  EXPECT_EQ(who_text(session), "a\\x1b@web1");
}

TEST(Words, ATerminalByItsShortName) {
  v1::Session session;
  EXPECT_EQ(terminal_text(session), "");
  session.set_type(v1::SessionOpened::TYPE_USER_MANAGER);
  EXPECT_EQ(terminal_text(session), "user manager");
  session.set_terminal("/dev/pts/0");
  EXPECT_EQ(terminal_text(session), "pts/0");
}

TEST(Words, FromNamesThePortOfEitherFamily) {
  v1::Endpoint source;
  EXPECT_EQ(from_text(source), "");
  source.set_hostname("host\n");
  EXPECT_EQ(from_text(source), "host\\n");
  source.set_address("10.0.0.1");
  EXPECT_EQ(from_text(source), "10.0.0.1");
  source.set_port(22);
  EXPECT_EQ(from_text(source), "10.0.0.1:22");
  source.set_address("::1");
  EXPECT_EQ(from_text(source), "[::1]:22");
}

TEST(Words, CommandLineWithoutArgumentsNamesTheProgram) {
  v1::Command command;
  EXPECT_EQ(command_line(command), "");
  command.set_exe("/tmp/a b");
  EXPECT_EQ(command_line(command), "'/tmp/a b'");
  command.add_args("");
  EXPECT_EQ(command_line(command), "''");
  command.add_args("x");
  EXPECT_EQ(command_line(command), "'' x");
  // Of a start that failed the kernel tells the program that tried, and the file that it tried.
  command.clear_args();
  command.set_exe("/usr/bin/dash");
  command.add_paths()->set_name("/usr/local/bin/tool");
  EXPECT_EQ(command_line(command), "/usr/bin/dash");
  command.set_end(v1::Command::END_FAILED_START);
  EXPECT_EQ(command_line(command), "/usr/local/bin/tool");
}

TEST(Words, EveryEnd) {
  v1::Command command;
  EXPECT_EQ(end(command), "running");
  EXPECT_EQ(end(command, true), "end unseen");
  command.add_incomplete(v1::INCOMPLETE_EXIT_UNSEEN);
  EXPECT_EQ(end(command), "end unseen");
  command.set_end(v1::Command::END_EXITED);
  EXPECT_EQ(end(command), "");
  command.set_exit_code(255);
  EXPECT_EQ(end(command), "exit 255");
  command.set_end(v1::Command::END_SIGNALED);
  command.set_signal(SIGSEGV);
  command.set_core_dumped(true);
  EXPECT_EQ(end(command), "SIGSEGV, core");
  command.set_core_dumped(false);
  for (const uint32_t number : {0U, 36U, 64U, 4'000'000'000U}) {
    command.set_signal(number);
    EXPECT_EQ(end(command), "signal " + std::to_string(number));
  }
  command.set_end(v1::Command::END_REPLACED);
  EXPECT_EQ(end(command), "exec");
  command.set_end(v1::Command::END_FAILED_START);
  command.set_error(ENOENT);
  EXPECT_EQ(end(command), "not run: ENOENT");
  command.set_error(-5);
  EXPECT_EQ(end(command), "not run: error -5");
  command.set_end(static_cast<v1::Command::End>(42));
  EXPECT_EQ(end(command), "end 42");
}

TEST(Words, IncompleteSaysEachReasonOnce) {
  v1::Command command;
  command.add_incomplete(v1::INCOMPLETE_ARGS_MISSING);
  command.add_incomplete(v1::INCOMPLETE_EXIT_UNSEEN);
  EXPECT_EQ(incomplete_text(command), "");  // both are said where they belong
  command.add_args("x");
  command.add_incomplete(static_cast<v1::Incomplete>(50));
  EXPECT_EQ(incomplete_text(command), "arguments missing, reason 50");
  command.set_end(v1::Command::END_EXITED);
  EXPECT_EQ(incomplete_text(command), "arguments missing, its end was not seen, reason 50");
}

TEST(Words, AProgramThatHidesIsNamed) {
  v1::Command command;
  command.add_args("ls");
  command.set_exe("/usr/bin/ls");
  EXPECT_EQ(hidden_program(command), "");
  command.set_exe("/tmp/ls");
  EXPECT_EQ(hidden_program(command), "/tmp/ls");
  command.set_args(0, "./ls");
  EXPECT_EQ(hidden_program(command), "");
  command.set_exe("/home/a/evil\n");
  EXPECT_EQ(hidden_program(command), "$'/home/a/evil\\n'");
}

TEST(Words, LossesSayHowManyAndWhetherThatIsAll) {
  v1::Loss loss;
  loss.set_unit("serials");
  loss.set_count(37);
  loss.set_exact(true);
  loss.set_cause(v1::Loss::CAUSE_AGENT_DOWN);
  loss.set_first(4711);
  loss.set_last(4747);
  EXPECT_EQ(loss_text(loss), "37 audit serials lost here: no agent ran (4711–4747), exact");
  loss.set_count(1);
  loss.set_first(4747);
  EXPECT_EQ(loss_text(loss), "1 audit serial lost here: no agent ran (4747), exact");
  loss.set_unit("records");
  loss.set_count(2'400);
  loss.set_serials(1);
  loss.set_cause(v1::Loss::CAUSE_BACKLOG);
  EXPECT_EQ(loss_text(loss),
            "2,400 audit records lost here, with them 1 whole event: the kernel's audit queue was "
            "full (4747), exact");
  loss.set_serials(0);
  loss.set_count(1);
  loss.set_exact(false);
  loss.set_unit("x\x1b");
  loss.set_cause(static_cast<v1::Loss::Cause>(99));
  EXPECT_EQ(loss_text(loss), "at least 1 x\\x1b lost here: cause 99 (4747)");
}

TEST(Words, EveryCauseHasWords) {
  const auto& causes = *v1::Loss::Cause_descriptor();
  for (int i = 0; i < causes.value_count(); ++i) {
    v1::Loss loss;
    loss.set_cause(static_cast<v1::Loss::Cause>(causes.value(i)->number()));
    const std::string number = "cause " + std::to_string(causes.value(i)->number());
    EXPECT_EQ(loss_text(loss).find(number), std::string::npos) << causes.value(i)->name();
  }
  const auto& reasons = *v1::Incomplete_descriptor();
  for (int i = 1; i < reasons.value_count(); ++i) {
    v1::Command command;
    command.add_args("x");
    command.set_end(v1::Command::END_EXITED);
    command.add_incomplete(static_cast<v1::Incomplete>(reasons.value(i)->number()));
    EXPECT_FALSE(incomplete_text(command).starts_with("reason")) << reasons.value(i)->name();
  }
}

TEST(Words, CertificatesSayWhatIsThere) {
  EXPECT_EQ(certificate_text("", 0, ""), "");
  EXPECT_EQ(certificate_text("a\x1b", 7, "SHA256:ca"),
            "certificate a\\x1b serial 7 signed by SHA256:ca");
  EXPECT_EQ(certificate_text("", 7, ""), "certificate serial 7");
  EXPECT_EQ(certificate_text("", 0, "SHA256:ca"), "certificate signed by SHA256:ca");
}

TEST(Words, LagIsToldOnlyWhenThereIsOne) {
  v1::IndexLag lag;
  EXPECT_EQ(lag_text(lag), "");
  lag.set_bytes_behind(812);
  EXPECT_EQ(lag_text(lag),
            "The collector's index is 812 bytes behind its log: the newest events are not shown "
            "yet.");
}

TEST(Words, WhatTheIndexDidNotGiveIsTold) {
  v1::IndexLag lag;
  lag.set_events_unread(1204);
  lag.set_unread_why("block 7 is gone");
  EXPECT_EQ(lag_text(lag),
            "1,204 events could not be read from the collector's index (block 7 is gone). The log "
            "has all of them; the index is made anew from it where it is damaged.");
  lag.set_events_unread(1);
  lag.set_bytes_behind(812);
  EXPECT_THAT(lag_text(lag), testing::HasSubstr("1 event could not"));
  EXPECT_THAT(lag_text(lag), testing::EndsWith("damaged. The collector's index is 812 bytes "
                                               "behind its log: the newest events are not shown "
                                               "yet."));
}

}  // namespace
}  // namespace spoor::cli
