#include "agent/encode/kind_proto.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "spoor/v1/event.pb.h"

namespace spoor::agent {
namespace {

v1::Event event_of(const Fact& fact) {
  WireWriter w;
  put_kind(w, fact, Host{});
  v1::Event event;
  EXPECT_TRUE(event.ParseFromString(std::string(w.view())));
  EXPECT_EQ(event.SerializeAsString(), w.view());
  return event;
}

const CommandRef kCommand{{4711, 900, false}, 3};

TEST(KindProtoTest, AFileChangeSaysItsCommandAndBothItsPaths) {
  Fact fact;
  fact.kind = FileAccess{.operation = FileAccess::Operation::rename,
                         .command = kCommand,
                         .path = {"old", false, {"fe:00", 4711}},
                         .new_path = {"/etc/new", true, {}},
                         .mode = 0640,
                         .flags = 1,
                         .attribute = "user.a"};
  const v1::Event event = event_of(fact);
  const v1::FileAccess& file = event.file_access();
  EXPECT_EQ(file.operation(), v1::FileAccess::OPERATION_RENAME);
  EXPECT_EQ(file.command().process().pid(), 4711u);
  EXPECT_EQ(file.path(), "old");
  EXPECT_FALSE(file.path_resolved());
  EXPECT_EQ(file.directory_device(), "fe:00");
  EXPECT_EQ(file.directory_inode(), 4711u);
  EXPECT_EQ(file.new_path(), "/etc/new");
  EXPECT_TRUE(file.new_path_resolved());
  EXPECT_EQ(file.attribute(), "user.a");
}

TEST(KindProtoTest, AConnectionHasBothEnds) {
  Fact fact;
  fact.kind = Network{.operation = Network::Operation::connect,
                      .command = kCommand,
                      .family = "inet",
                      .local_address = "10.0.0.1",
                      .remote_address = "10.0.0.2",
                      .path = {},
                      .protocol = "tcp",
                      .local_port = 40000,
                      .remote_port = 22};
  const v1::Event event = event_of(fact);
  EXPECT_EQ(event.network().local_address(), "10.0.0.1");
  EXPECT_EQ(event.network().local_port(), 40000u);
  EXPECT_EQ(event.network().remote_address(), "10.0.0.2");
  EXPECT_EQ(event.network().remote_port(), 22u);
}

TEST(KindProtoTest, AKeyIsSaidAlikeOfASessionAndOfALogin) {
  const Credential key{.method = "publickey",
                       .key_type = "ED25519-CERT",
                       .key_fingerprint = "SHA256:abc",
                       .certificate_id = "alice",
                       .certificate_authority = "SHA256:ca",
                       .certificate_serial = 7};
  const std::array<uint32_t, 2> logins{3, 0};
  Fact session, login;
  session.kind = SessionFact{.account = "alice",
                             .terminal = {},
                             .service = "sshd",
                             .step = {},
                             .credential = key,
                             .type = SessionType::ssh,
                             .failures_before = 3,
                             .keys_refused = 5,
                             .logins_of_user = logins};
  login.kind = Authentication{.account = "alice", .step = {}, .service = "sshd", .exe = {},
                              .credential = key};
  const v1::Event both[] = {event_of(session), event_of(login)};
  EXPECT_EQ(both[0].session_fact().certificate_serial(), 7u);
  EXPECT_EQ(both[0].session_fact().certificate_authority(), "SHA256:ca");
  EXPECT_EQ(both[0].session_fact().failures_before(), 3u);
  EXPECT_EQ(both[0].session_fact().keys_refused(), 5u);
  EXPECT_EQ(both[0].session_fact().logins_of_user_size(), 2);
  EXPECT_EQ(both[1].authentication().key_fingerprint(), "SHA256:abc");
  EXPECT_EQ(both[1].authentication().certificate_id(), "alice");
}

TEST(KindProtoTest, TheRestOfTheKindsSayAllThatTheyHave) {
  Fact fact;
  fact.kind = TypedInput{.command = kCommand, .typed = "lz\x7fs\r", .edited = "ls",
                         .terminal = "pts/0", .comm = "bash", .pid = 5, .unfinished = true};
  EXPECT_EQ(event_of(fact).typed_input().edited(), "ls");
  EXPECT_TRUE(event_of(fact).typed_input().unfinished());
  fact.kind = SecurityDecision{.module = "apparmor", .operation = "open", .subject = "a",
                               .object = "b", .denied = true, .command = kCommand};
  EXPECT_TRUE(event_of(fact).security_decision().denied());
  EXPECT_EQ(event_of(fact).security_decision().object(), "b");
  fact.kind = DisbelievedRecord{.record_type = "USER_LOGIN", .exe = "/usr/bin/python3",
                                .claimed_exe = "/usr/sbin/sshd", .account = "root",
                                .step = "login", .reason = "another program", .pid = 9};
  EXPECT_EQ(event_of(fact).disbelieved_record().claimed_exe(), "/usr/sbin/sshd");
  EXPECT_EQ(event_of(fact).disbelieved_record().pid(), 9u);
  fact.kind = LogMessage{.program = "sshd", .message = "hello", .exe = {}, .pid = 3,
                         .disbelieved = true};
  EXPECT_TRUE(event_of(fact).log_message().disbelieved());
  fact.kind = PrivilegeChange{.by = "sudo", .program = {}, .command = {}, .cwd = {}, .account = {},
                              .cause = kCommand, .authority = "alice", .terminal = "pts/1",
                              .pid = 8, .to_gid = 2, .capabilities = 1};
  EXPECT_EQ(event_of(fact).privilege_change().authority(), "alice");
  EXPECT_EQ(event_of(fact).privilege_change().cause().exec_number(), 3u);
  fact.kind = SessionClosed{SessionClosed::Cause::logged_out, 3};
  EXPECT_EQ(event_of(fact).session_closed().processes_left(), 3u);
}

TEST(KindProtoTest, AnyOtherCallHangsOnItsCommand) {
  Fact fact;
  fact.kind = OtherRecord{kCommand};
  EXPECT_EQ(event_of(fact).other_record().command().exec_number(), 3u);
  fact.kind = OtherRecord{};
  EXPECT_FALSE(event_of(fact).other_record().has_command());
}

}  // namespace
}  // namespace spoor::agent
