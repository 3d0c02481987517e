#include "agent/uplink/lowered_process.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "common/unique_fd.h"

namespace spoor::uplink {
namespace {

template <typename T>
bool read_number(std::string_view text, T& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

// name:password:uid:gid:…
bool read_line(std::string_view line, std::string_view& name, Account& account) {
  std::array<std::string_view, 4> fields;
  for (std::string_view& field : fields) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    field = line.substr(0, colon);
    line.remove_prefix(colon + 1);
  }
  name = fields[0];
  return read_number(fields[2], account.uid) && read_number(fields[3], account.gid);
}

Status become(const Account& account) {
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (::geteuid() == account.uid) return ok();
  const gid_t groups[] = {account.gid};
  if (::setgroups(1, groups) != 0 || ::setresgid(account.gid, account.gid, account.gid) != 0 ||
      ::setresuid(account.uid, account.uid, account.uid) != 0) {
    return from_errno(errno, "become uid " + std::to_string(account.uid));
  }
  return ok();
}

// A byte for the code, then the value or the message.
void say(int fd, const Result<std::string>& result) {
  std::string text(1, static_cast<char>(result.code()));
  text += result.is_ok() ? *result : result.status().message();
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    done += static_cast<size_t>(n);
  }
}

std::string hear(int fd, size_t size_max) {
  std::string text;
  std::array<char, 4096> piece;
  while (text.size() <= size_max + 1) {
    const ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    text.append(piece.data(), static_cast<size_t>(n));
  }
  return text;
}

}  // namespace

Result<Account> find_account(std::string_view name, std::string_view passwd) {
  uid_t uid = 0;
  const bool is_number = read_number(name, uid);
  for (size_t at = 0; at < passwd.size();) {
    const size_t end = std::min(passwd.find('\n', at), passwd.size());
    std::string_view found;
    Account account;
    if (read_line(passwd.substr(at, end - at), found, account) &&
        (is_number ? account.uid == uid : found == name)) {
      return account;
    }
    at = end + 1;
  }
  if (is_number) return Account{uid, uid};
  return not_found("there is no account " + std::string(name) + " in /etc/passwd");
}

Result<std::string> run_as(const Account& account, size_t size_max,
                           const std::function<Result<std::string>()>& work,
                           const std::function<void()>& meanwhile) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return from_errno(errno, "pipe");
  UniqueFd reading(ends[0]), writing(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return from_errno(errno, "fork");
  if (child == 0) {
    const Status lowered = become(account);
    say(writing.get(), lowered.is_ok() ? work() : Result<std::string>(lowered));
    ::_exit(0);
  }
  writing.reset();
  if (meanwhile) meanwhile();
  const std::string text = hear(reading.get(), size_max);
  reading.reset();  // one that says too much does not hold us up
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (text.empty() || !WIFEXITED(status)) {
    return internal("the process that was to be uid " + std::to_string(account.uid) + " died");
  }
  if (text.size() > size_max + 1) return internal("a child process says too much");
  const auto code = static_cast<Code>(text[0]);
  if (code == Code::ok) return text.substr(1);
  return Status(code > Code::internal ? Code::internal : code, text.substr(1));
}

}  // namespace spoor::uplink
