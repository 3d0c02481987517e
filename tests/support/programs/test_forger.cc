// Writes audit records as programs do (libaudit's audit_log_user_message): spoor-test-forger
// [--comm NAME] TYPE TEXT [TYPE TEXT...]
//
// TYPE is the record's number; TEXT becomes what stands between msg=' and ', as it is. With --comm
// it first calls itself so (PR_SET_NAME). Needs CAP_AUDIT_WRITE. Prints one line a record: its type
// and 0, or the error that the kernel gave.
#include <linux/audit.h>
#include <linux/netlink.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "common/unique_fd.h"

namespace spoor {
namespace {

struct Message {
  nlmsghdr head;
  char text[AUDIT_MESSAGE_TEXT_MAX];
};

// What the kernel answers: 0 or an errno.
int send_record(int fd, uint16_t type, std::string_view text) {
  static uint32_t sequence = 0;
  Message message = {};
  const size_t size = std::min(text.size(), sizeof message.text - 1);
  memcpy(message.text, text.data(), size);
  message.head.nlmsg_len = static_cast<uint32_t>(NLMSG_LENGTH(size + 1));
  message.head.nlmsg_type = type;
  message.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.head.nlmsg_seq = ++sequence;
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  if (sendto(fd, &message, message.head.nlmsg_len, 0, reinterpret_cast<const sockaddr*>(&kernel),
             sizeof kernel) < 0) {
    return errno;
  }
  struct {
    nlmsghdr head;
    nlmsgerr error;
    char rest[AUDIT_MESSAGE_TEXT_MAX];
  } answer = {};
  do {
    if (recv(fd, &answer, sizeof answer, 0) < 0) return errno;
  } while (answer.head.nlmsg_seq != sequence || answer.head.nlmsg_type != NLMSG_ERROR);
  return -answer.error.error;
}

int run(int argc, char** argv) {
  int at = 1;
  if (argc > 2 && std::string_view(argv[1]) == "--comm") {
    prctl(PR_SET_NAME, argv[2]);
    at = 3;
  }
  if (argc == at || (argc - at) % 2 != 0) {
    std::fputs("usage: spoor-test-forger [--comm NAME] TYPE TEXT [TYPE TEXT...]\n", stderr);
    return 2;
  }
  const UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT));
  if (!fd.is_open()) {
    std::perror("spoor-test-forger: socket");
    return 1;
  }
  for (; at < argc; at += 2) {
    const auto type = static_cast<uint16_t>(std::strtoul(argv[at], nullptr, 10));
    std::printf("%u %d\n", type, send_record(fd.get(), type, argv[at + 1]));
  }
  return 0;
}

}  // namespace
}  // namespace spoor

int main(int argc, char** argv) { return spoor::run(argc, argv); }
