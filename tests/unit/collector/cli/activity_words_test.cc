#include "collector/cli/activity_words.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace spoor::cli {
namespace {

using F = v1::FileAccess;
using N = v1::Network;

v1::Event file(F::Operation operation, const std::string& path) {
  v1::Event event;
  event.mutable_file_access()->set_operation(operation);
  event.mutable_file_access()->set_path(path);
  event.mutable_file_access()->set_path_resolved(true);
  return event;
}

v1::Event network(N::Operation operation) {
  v1::Event event;
  v1::Network& n = *event.mutable_network();
  n.set_operation(operation);
  n.set_remote_address("203.0.113.9");
  n.set_remote_port(443);
  return event;
}

v1::Event failed(v1::Event event, int32_t error) {
  event.mutable_outcome()->set_result(v1::Outcome::RESULT_FAILURE);
  event.mutable_outcome()->set_error(error);
  return event;
}

std::string told(const v1::Event& event) {
  return (event.has_network() ? network_text(event) : file_text(event)).render(false);
}

TEST(ActivityWords, EveryOperationOnAFile) {
  EXPECT_EQ(told(file(F::OPERATION_CREATE, "/a b")), "created '/a b'");
  EXPECT_EQ(told(file(F::OPERATION_WRITE_OPEN, "/a")), "opened to write /a");
  EXPECT_EQ(told(file(F::OPERATION_READ_OPEN, "/a")), "opened to read /a");
  EXPECT_EQ(told(file(F::OPERATION_TRUNCATE, "/a")), "truncated /a");
  EXPECT_EQ(told(file(F::OPERATION_MOUNT, "/a")), "mounted /a");
  EXPECT_EQ(told(failed(file(F::OPERATION_DELETE, "/a"), EACCES)), "could not delete /a: EACCES");
  v1::Event mode = file(F::OPERATION_MODE, "/a");
  mode.mutable_file_access()->set_mode(0100755);
  EXPECT_EQ(told(mode), "set mode 0755 of /a");
  v1::Event owner = file(F::OPERATION_OWNER, "/a");
  owner.mutable_file_access()->set_owner_uid(33);
  owner.mutable_file_access()->set_owner_gid(4);
  EXPECT_EQ(told(owner), "set owner 33:4 of /a");
  owner.mutable_file_access()->set_owner_uid(0xFFFFFFFF);
  EXPECT_EQ(told(owner), "set owner :4 of /a");
  v1::Event attribute = file(F::OPERATION_ATTRIBUTES, "/a");
  EXPECT_EQ(told(attribute), "set attributes of /a");
  attribute.mutable_file_access()->set_attribute("user.x\n");
  EXPECT_EQ(told(attribute), "set attribute user.x\\n of /a");
  EXPECT_EQ(told(file(static_cast<F::Operation>(77), "/a")), "set operation 77 on /a");
}

TEST(ActivityWords, BothNamesOfARename) {
  v1::Event rename = file(F::OPERATION_RENAME, "/a");
  rename.mutable_file_access()->set_new_path("b");
  rename.mutable_file_access()->set_new_directory_device("fe:01");
  rename.mutable_file_access()->set_new_directory_inode(12);
  EXPECT_EQ(told(rename), "renamed /a → <dir fe01:12>/b");
}

TEST(ActivityWords, NamesThatWereExchanged) {
  v1::Event exchange = file(F::OPERATION_EXCHANGE, "/a");
  exchange.mutable_file_access()->set_new_path("/b");
  exchange.mutable_file_access()->set_new_path_resolved(true);
  EXPECT_EQ(told(exchange), "exchanged /a ↔ /b");
  EXPECT_EQ(told(failed(exchange, EPERM)), "could not exchange /a ↔ /b: EPERM");
}

TEST(ActivityWords, ANameWithoutItsDirectoryIsMarked) {
  v1::Event event = file(F::OPERATION_CREATE, "newfile");
  event.mutable_file_access()->set_path_resolved(false);
  EXPECT_EQ(told(event), "created <dir unknown>/newfile");
  event.mutable_file_access()->set_directory_device("00:fe");
  event.mutable_file_access()->set_directory_inode(11018533);
  EXPECT_EQ(told(event), "created <dir 00fe:11018533>/newfile");
  EXPECT_NE(file_text(event).render(true).find("\033[33m<dir"), std::string::npos);
  event.mutable_file_access()->set_path("/in/a/chroot");
  EXPECT_EQ(told(event), "created <elsewhere?>/in/a/chroot");
  EXPECT_NE(file_text(event).render(true).find("\033[33m<elsewhere"), std::string::npos);
  event.mutable_file_access()->set_path("a");
  event.mutable_file_access()->set_directory_device("\x1b[2J");
  EXPECT_EQ(told(event).find('\x1b'), std::string::npos);
}

TEST(ActivityWords, AFileThatHasNoNameIsItsInode) {
  v1::Event event = file(F::OPERATION_MODE, "");
  event.mutable_file_access()->set_path_resolved(false);
  event.mutable_file_access()->set_mode(0644);
  EXPECT_EQ(told(event), "set mode 0644 of <dir unknown>/");
  v1::PathItem& item = *event.mutable_file_access()->add_paths();
  item.set_device("08:01");
  EXPECT_EQ(told(event), "set mode 0644 of <dir unknown>/");
  item.set_inode(259);
  EXPECT_EQ(told(event), "set mode 0644 of <file 0801:259>");
  item.set_device("\x1b[2J");
  EXPECT_EQ(told(event).find('\x1b'), std::string::npos);
  // A folder's name that is all there is.
  event.mutable_file_access()->set_directory_device("08:01");
  event.mutable_file_access()->set_directory_inode(7);
  EXPECT_EQ(told(event), "set mode 0644 of <dir 0801:7>/");
}

TEST(ActivityWords, ConnectionsNameBothSides) {
  v1::Event event = network(N::OPERATION_CONNECT);
  EXPECT_EQ(told(event), "connected to 203.0.113.9:443");
  event.mutable_network()->set_protocol("tcp");
  event.mutable_network()->set_local_address("2001:db8::1");
  event.mutable_network()->set_local_port(4711);
  EXPECT_EQ(told(event), "connected to 203.0.113.9:443 from [2001:db8::1]:4711 (tcp)");
  EXPECT_EQ(told(failed(event, ECONNREFUSED)),
            "could not connect to 203.0.113.9:443 from [2001:db8::1]:4711 (tcp): ECONNREFUSED");
  EXPECT_EQ(told(failed(network(N::OPERATION_CONNECT), EINPROGRESS)),
            "connecting to 203.0.113.9:443");
  event.mutable_network()->set_operation(N::OPERATION_ACCEPT);
  EXPECT_EQ(told(event), "accepted 203.0.113.9:443 on [2001:db8::1]:4711 (tcp)");
  event.mutable_network()->set_operation(N::OPERATION_BIND);
  EXPECT_EQ(told(event), "bound [2001:db8::1]:4711 (tcp)");
}

TEST(ActivityWords, SocketsWithoutAnAddress) {
  v1::Event event;
  event.mutable_network()->set_operation(N::OPERATION_CONNECT);
  EXPECT_EQ(told(event), "connected to an unknown address");
  event.mutable_network()->set_family("netlink");
  EXPECT_EQ(told(event), "connected to netlink");
  event.mutable_network()->set_path("/run/a b");
  EXPECT_EQ(told(event), "connected to '/run/a b'");
  event.mutable_network()->set_path(std::string("\0/tmp/x", 7));
  EXPECT_EQ(told(event), "connected to @/tmp/x");
  event.mutable_network()->set_operation(N::OPERATION_BIND);
  EXPECT_EQ(told(event), "bound @/tmp/x");
  event.mutable_network()->set_operation(static_cast<N::Operation>(55));
  EXPECT_NE(told(event), "");
}

TEST(ActivityWords, TypedLines) {
  v1::TypedInput input;
  input.set_typed("lx\x7fs\n");
  EXPECT_EQ(input_text(input).render(false), "typed: lx\\x7fs\\n");
  input.set_edited("ls");
  input.set_comm("bash");
  input.set_unfinished(true);
  EXPECT_EQ(input_text(input).render(false), "typed in bash: ls (not ended by Enter)");
}

}  // namespace
}  // namespace spoor::cli
