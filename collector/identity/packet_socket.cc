#include "collector/identity/packet_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "collector/limits.h"
#include "common/log.h"

namespace spoor::collector {
namespace {

constexpr int kBacklog = 64;
constexpr time_t kPatienceS = 5;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return invalid("the path is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

void be_impatient(int fd) {
  const timeval patience{kPatienceS, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

// MSG_TRUNC: the packet's own length comes back, also when it is longer than the place for it.
Result<std::string> receive(int fd) {
  std::string packet(kAuthorityPacketMax, '\0');
  const ssize_t got = ::recv(fd, packet.data(), packet.size(), MSG_TRUNC);
  if (got < 0) return from_errno(errno, "waiting for a packet");
  if (got == 0) return unavailable("the other side closed the connection");
  if (static_cast<size_t>(got) > packet.size()) return invalid("a packet over 64 KiB");
  packet.resize(static_cast<size_t>(got));
  return packet;
}

Status send(int fd, std::string_view packet) {
  const ssize_t sent = ::send(fd, packet.data(), packet.size(), MSG_NOSIGNAL);
  return sent < 0 ? from_errno(errno, "sending a packet") : ok();
}

// A socket that nobody listens on any more is removed.
Status clear_place(const std::string& path, const sockaddr_un& address) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    return errno == ENOENT ? ok() : from_errno(errno, "looking at " + path);
  if (!S_ISSOCK(info.st_mode)) return denied(path + " is there and is no socket; remove it");
  const UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    return denied("another CA listens on " + path);
  }
  return ::unlink(path.c_str()) == 0 ? ok() : from_errno(errno, "removing the stale " + path);
}

}  // namespace

Result<PacketListener> PacketListener::open(const std::string& path, std::vector<uid_t> peers) {
  ASSIGN_OR_RETURN(const sockaddr_un address, address_of(path));
  RETURN_IF_ERROR(clear_place(path, address));
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return from_errno(errno, "making a socket");
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return from_errno(errno, "making the socket " + path + " (its folder must be this user's)");
  if (::chmod(path.c_str(), 0666) != 0 || ::listen(fd.get(), kBacklog) != 0)
    return from_errno(errno, "listening on " + path);
  return PacketListener(std::move(fd), std::move(peers));
}

bool PacketListener::is_peer(int connection) const {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  if (std::find(peers_.begin(), peers_.end(), peer.uid) != peers_.end()) return true;
  log_warning("uid {} (pid {}) is not the collector's: sent away", peer.uid, peer.pid);
  return false;
}

bool PacketListener::serve_one(int stop_fd,
                               const std::function<std::string(std::string_view)>& answer) {
  pollfd wait[2] = {{fd_.get(), POLLIN, 0}, {stop_fd, POLLIN, 0}};
  while (::poll(wait, 2, -1) < 0 && errno == EINTR) continue;
  if (wait[1].revents != 0) return false;
  const UniqueFd connection(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection.is_open() || !is_peer(connection.get())) return true;
  be_impatient(connection.get());
  const auto question = receive(connection.get());
  if (!question.is_ok()) {
    log_warning("a question that was none: {}", question.status().message());
    return true;
  }
  if (const Status sent = send(connection.get(), answer(*question)); !sent.is_ok())
    log_warning("an answer was not taken: {}", sent.message());
  return true;
}

Result<std::string> ask(const std::string& path, std::string_view question) {
  if (question.size() > kAuthorityPacketMax) return invalid("a question over 64 KiB");
  ASSIGN_OR_RETURN(const sockaddr_un address, address_of(path));
  const UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return from_errno(errno, "making a socket");
  be_impatient(fd.get());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unavailable("the CA does not answer on " + path + " (" + std::strerror(errno) +
                       "): is spoor-collector-ca running?");
  }
  if (const Status sent = send(fd.get(), question); !sent.is_ok())
    return unavailable("the CA did not take a question: " + sent.message());
  auto answer = receive(fd.get());
  if (!answer.is_ok()) return unavailable("no answer from the CA: " + answer.status().message());
  return answer;
}

}  // namespace spoor::collector
