#include "collector/receive/visitors.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "collector/connection_limits.h"
#include "collector/identity/client_network.h"
#include "collector/receive/call_gate.h"
#include "common/check.h"
#include "common/thread_name.h"

namespace spoor::collector {

namespace {

// What epoll says of what wakes us: a descriptor, and what it is.
constexpr uint64_t kListener = 1ull << 32;
constexpr uint64_t kStop = 1ull << 33;
// Strangers are looked at this often, and so is over whom much came since the last look...
constexpr int64_t kTickNs = 50 * kNsPerMs;
constexpr uint64_t kMuchBytes = 256u << 10;
constexpr size_t kStrangersAtOnce = 2048;  // of more, each in its turn
// ...and all others each in its turn, after so many ticks. To be woken for what comes would cost
// more than to look at ten thousand quiet agents.
constexpr size_t kTicksOfTurn = 4;
constexpr int64_t kSweepNs = kNsPerSecond;
constexpr int kAcceptsAtOnce = 64;
// What comes beside messages is forgotten by so much a second: pings, windows, and what carries
// messages of less than kCarriedBytes. An uplink that ships 20 frames a second needs a twentieth of
// it. It does not add up while nothing comes. A message could grow so fast for ever: is_endless().
constexpr int64_t kBesideBytesPerSecond = 20'000;
// What carries one message that goes alone: 5 bytes of gRPC's, 9 of a DATA frame, 22 of TLS.
constexpr size_t kCarriedBytes = 36;

std::optional<uint64_t> cookie_of(int fd) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return std::nullopt;
  return cookie;
}

// What has come over it since it began; nullopt: it is gone.
std::optional<uint64_t> received_over(int fd, uint64_t cookie) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  if (cookie_of(fd) != cookie) return std::nullopt;  // another one's by now
  return info.tcpi_bytes_received;
}

struct Place {
  std::string address, peer;
};

Place place(std::string address, const std::string& port) {
  address.erase(std::min(address.find('%'), address.size()));
  return {address, address + " " + port};
}

// One of its two ends, as getpeername(2) or getsockname(2) tells it.
std::optional<Place> end_of(int fd, decltype(&::getpeername) name_of) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  if (name_of(fd, reinterpret_cast<sockaddr*>(&from), &size) != 0) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return place(text.data(), std::to_string(ntohs(v4.sin_port)));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
    ::inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text.data(), text.size());
  else
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return place(text.data(), std::to_string(ntohs(v6.sin6_port)));
}

Place place_of_peer(const std::string& peer) {
  return place(address_of_peer(peer), peer.substr(peer.rfind(':') + 1));
}

// Descriptors that connections leave to the log, the CA's answers, operators and the Unix socket.
size_t reserve_of(size_t descriptors_max) {
  return std::min(kDescriptorsReserved, descriptors_max / 4);
}

}  // namespace

// As it was on the wire: with what carries it, and what that is again for each 16 KiB. Many small
// messages may share a record, and each then takes 5 bytes more than itself; so what is added is an
// eighth at most. Credit above what came would hide as much of another message that never ends.
void Visitor::took(size_t bytes) {
  taken += bytes + bytes / 64 + std::min(bytes / 8, kCarriedBytes);
}

uint64_t Visitor::come() const { return received_over(fd, cookie).value_or(0); }

bool LongRead::is_endless(const Visitor& visitor) {
  const uint64_t come = visitor.come();
  if (!std::exchange(was_looked_at_, true)) come_before_ = come;
  return come > come_before_ + kWholeMessageBytesMax;
}

Visitors::Visitors(std::vector<UniqueFd> listeners, size_t descriptors_max, const Clock& clock,
                   Hooks hooks)
    : room_(descriptors_max - reserve_of(descriptors_max)),
      brink_(descriptors_max - reserve_of(descriptors_max) / 2),
      clock_(clock),
      hooks_(std::move(hooks)),
      listeners_(std::move(listeners)),
      poll_(::epoll_create1(EPOLL_CLOEXEC)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      spare_(::fcntl(stop_.get(), F_DUPFD_CLOEXEC, 0)) {
  CHECK(poll_.is_open() && stop_.is_open() && spare_.is_open());
  arm(stop_.get(), kStop, true);
  for (const UniqueFd& listener : listeners_) arm(listener.get(), kListener, true);
}

void Visitors::start() { thread_ = std::thread([this] { run(); }); }

void Visitors::stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
  listeners_.clear();
}

Visitors::Ref Visitors::vouch(const std::string& peer, const std::string& agent) {
  const std::lock_guard lock(mutex_);
  const auto known = by_peer_.find(place_of_peer(peer).peer);
  if (known == by_peer_.end()) return nullptr;
  const Ref visitor = known->second;
  if (visitor->calls++ == 0) {
    visitor->agent = agent;
    by_agent_[agent].insert(visitor);
    strangers_.erase(visitor->fd);
    visitor->base = received_over(visitor->fd, visitor->cookie).value_or(0);
    visitor->forgot_ns = clock_.now().boottime_ns;
  }
  return visitor;
}

Visitors::Ref Visitors::find(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto known = by_peer_.find(place_of_peer(peer).peer);
  return known == by_peer_.end() ? nullptr : known->second;
}

void Visitors::leave(const Ref& visitor) {
  const std::lock_guard lock(mutex_);
  if (--visitor->calls > 0) return;
  leave_agent(visitor);
  const auto known = by_fd_.find(visitor->fd);
  if (known == by_fd_.end() || known->second != visitor) return;
  const auto received = received_over(visitor->fd, visitor->cookie);
  if (!received) return forget(visitor);
  visitor->base = *received - visitor->taken;
  visitor->since_ns = clock_.now().boottime_ns;
  strangers_.insert(visitor->fd);
}

void Visitors::run() {
  name_this_thread("visitors");
  std::array<epoll_event, 16> events{};
  bool is_over = false;
  while (!is_over) {
    const int count =
        ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
    std::vector<int> admitted;
    std::vector<Cut> cuts;
    {
      const std::lock_guard lock(mutex_);
      for (int i = 0; i < count; ++i) {
        const uint64_t what = events[static_cast<size_t>(i)].data.u64;
        const int fd = static_cast<int>(what & UINT32_MAX);
        if (what & kStop) {
          is_over = true;
        } else if (what & kListener) {
          accept_from(fd);
        }
      }
      const int64_t now_ns = clock_.now().boottime_ns;
      if (now_ns >= tick_ns_) {
        tick_ns_ = now_ns + kTickNs;
        made_room_ = false;
        for (const int listener : std::exchange(unarmed_, {})) arm(listener, kListener, false);
        look_around();
      }
      if (now_ns >= sweep_ns_) {
        sweep_ns_ = now_ns + kSweepNs;
        sweep();
      }
      admitted.swap(admitted_);
      cuts.swap(cuts_);
    }
    // Unlocked: gRPC may begin a call within.
    for (const int fd : admitted) hooks_.admit(fd);
    for (const Cut& cut : cuts) hooks_.on_cut(cut.agent, cut.address, cut.why);
  }
}

int Visitors::wait_ms() {
  const std::lock_guard lock(mutex_);
  return static_cast<int>((unarmed_.empty() && by_fd_.empty() ? kSweepNs : kTickNs) / kNsPerMs);
}

void Visitors::look_around() {
  std::vector<int> fds(busy_.begin(), busy_.end());
  auto stranger = strangers_.upper_bound(stranger_turn_);
  for (size_t left = kStrangersAtOnce; left > 0 && stranger != strangers_.end(); --left)
    fds.push_back(*stranger++);
  stranger_turn_ = stranger == strangers_.end() ? -1 : *std::prev(stranger);
  busy_.clear();
  auto next = by_fd_.upper_bound(turn_of_);
  for (size_t left = by_fd_.size() / kTicksOfTurn + 1; left > 0 && next != by_fd_.end(); --left)
    fds.push_back(next++->first);
  turn_of_ = next == by_fd_.end() ? -1 : std::prev(next)->first;
  for (const int fd : fds) {
    if (const auto known = by_fd_.find(fd); known != by_fd_.end()) look(Ref(known->second));
  }
}

// One event, and none more before it is armed again.
void Visitors::arm(int fd, uint64_t mark, bool is_new) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = mark | static_cast<uint32_t>(fd);
  (void)::epoll_ctl(poll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

void Visitors::accept_from(int listener) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    UniqueFd connection(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.is_open()) {
      // The lowest number that is free is what it gets: so many are open.
      const auto number = static_cast<size_t>(connection.get());
      if (number >= room_) make_room();
      if (number < brink_) add(std::move(connection));
      continue;
    }
    if (errno == EAGAIN) break;
    // One that is gone already; else no descriptor or memory: who waits is accepted later.
    if (errno == ECONNABORTED || errno == EINTR) continue;
    make_room();
    return unarmed_.push_back(listener);
  }
  arm(listener, kListener, false);
}

void Visitors::add(UniqueFd connection) {
  const int on = 1;
  ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto cookie = cookie_of(connection.get());
  const auto from = end_of(connection.get(), ::getpeername);
  const auto to = end_of(connection.get(), ::getsockname);
  if (!cookie || !from || !to) return;
  const auto namesake = by_peer_.find(from->peer);
  if (namesake != by_peer_.end() && namesake->second->own != to->peer &&
      cookie_of(namesake->second->fd) == namesake->second->cookie) {
    return cuts_.push_back({"", from->address, "a second connection from the same port"}), void();
  }
  const int fd = connection.release();
  if (const auto old = by_fd_.find(fd); old != by_fd_.end()) forget(Ref(old->second));
  const auto visitor = std::make_shared<Visitor>();
  visitor->fd = fd;
  visitor->cookie = *cookie;
  visitor->peer = from->peer;
  visitor->own = to->peer;
  visitor->address = from->address;
  visitor->network = client_network(from->address);
  visitor->since_ns = clock_.now().boottime_ns;
  by_fd_[fd] = by_peer_[from->peer] = visitor;
  strangers_.insert(fd);
  admitted_.push_back(fd);
}

// What has come, and was not taken; nullopt: it is gone.
std::optional<int64_t> Visitors::unread_of(Visitor& visitor) {
  const auto received = received_over(visitor.fd, visitor.cookie);
  if (!received) return std::nullopt;
  if (*received - std::exchange(visitor.seen, *received) > kMuchBytes) busy_.insert(visitor.fd);
  const uint64_t before = visitor.base + visitor.taken;
  const int64_t unread = static_cast<int64_t>(*received - before);
  if (visitor.calls == 0) return unread;
  // Below zero: less than was counted for the messages.
  const int64_t now_ns = clock_.now().boottime_ns;
  const int64_t passed_ns = now_ns - std::exchange(visitor.forgot_ns, now_ns);
  const int64_t beside = passed_ns / kNsPerMs * kBesideBytesPerSecond / 1'000;
  const int64_t forgotten = std::min(unread, beside);
  visitor.base += static_cast<uint64_t>(forgotten);
  return unread - forgotten;
}

void Visitors::look(const Ref& visitor) {
  const std::optional<int64_t> unread = unread_of(*visitor);
  if (!unread) return forget(visitor);
  const bool is_stranger = visitor->calls == 0;
  const size_t most = is_stranger ? kStrangerBytesMax : kUnreadBytesMax;
  if (*unread <= static_cast<int64_t>(most))
    return is_stranger ? void() : look_at_agent(visitor->agent);
  cuts_.push_back({visitor->agent, visitor->address,
                   is_stranger ? "too much came without a call of a good certificate"
                               : "a message that is too long"});
  reset(visitor);
}

void Visitors::look_at_agent(const std::string& agent) {
  const auto of_agent = by_agent_.find(agent);
  if (of_agent == by_agent_.end() || of_agent->second.size() < 2) return;
  int64_t sum = 0, most = 0;
  Ref largest;
  for (const Ref& visitor : of_agent->second) {
    const int64_t unread = unread_of(*visitor).value_or(0);
    sum += std::max<int64_t>(unread, 0);
    if (unread > std::exchange(most, std::max(most, unread))) largest = visitor;
  }
  if (sum <= static_cast<int64_t>(kAgentUnreadBytesMax)) return;
  cuts_.push_back({agent, largest->address, "too much unread over several connections"});
  reset(largest);
}

void Visitors::sweep() {
  const int64_t now_ns = clock_.now().boottime_ns;
  for (const int fd : std::set<int>(strangers_)) {
    const Ref visitor = by_fd_.at(fd);
    if (cookie_of(fd) != visitor->cookie)
      forget(visitor);
    else if (now_ns - visitor->since_ns > kStrangerLifeNs)
      reset(visitor);
  }
}

// A quarter of the strangers of the network that has most, or of all that have as many, the oldest
// of them: who has just come is in his handshake. Once a tick, since their descriptors come back a
// little later.
void Visitors::make_room() {
  if (std::exchange(made_room_, true)) return;
  std::unordered_map<std::string_view, size_t> count_of;
  size_t most = 0;
  for (const int fd : strangers_) most = std::max(most, ++count_of[by_fd_.at(fd)->network]);
  std::vector<Ref> those;
  for (const int fd : strangers_) {
    const Ref& visitor = by_fd_.at(fd);
    if (count_of.at(visitor->network) == most) those.push_back(visitor);
  }
  std::sort(those.begin(), those.end(),
            [](const Ref& a, const Ref& b) { return a->since_ns < b->since_ns; });
  those.resize((those.size() + 3) / 4);
  for (const Ref& visitor : those) reset(visitor);
}

// connect(2) with AF_UNSPEC dissolves a connection: what was not read is thrown away, and gRPC
// finds it broken. By a descriptor of ours, which is there when no other is to be had.
void Visitors::reset(const Ref& visitor) {
  const bool is_held = ::dup3(visitor->fd, spare_.get(), O_CLOEXEC) >= 0;
  if (is_held && cookie_of(spare_.get()) == visitor->cookie) {
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    (void)::connect(spare_.get(), &nobody, sizeof nobody);
  }
  if (is_held) CHECK(::dup3(stop_.get(), spare_.get(), O_CLOEXEC) >= 0);
  forget(visitor);
}

void Visitors::forget(const Ref& visitor) {
  strangers_.erase(visitor->fd);
  leave_agent(visitor);
  if (const auto at = by_fd_.find(visitor->fd); at != by_fd_.end() && at->second == visitor)
    by_fd_.erase(at);
  if (const auto at = by_peer_.find(visitor->peer); at != by_peer_.end() && at->second == visitor)
    by_peer_.erase(at);
}

void Visitors::leave_agent(const Ref& visitor) {
  const auto of_agent = by_agent_.find(visitor->agent);
  if (of_agent == by_agent_.end()) return;
  of_agent->second.erase(visitor);
  if (of_agent->second.empty()) by_agent_.erase(of_agent);
}

}  // namespace spoor::collector
