// The connections of the door to the network, from accept() on. gRPC 1.51 leaves them without a
// bound: out of descriptors it stops accepting for good; and it gathers a message whole, however
// long it is, before it looks at its length, which at last costs others' calls. So here:
//
// - Who has shown no good certificate in a call that is open is a stranger. Strangers have
//   kStrangerLifeNs and kStrangerBytesMax. When descriptors run short they are cut, first the
//   oldest of the networks that have most of them.
// - Of the others no more than kUnreadBytesMax may have come that no call has taken, and over all
//   of one agent no more than kAgentUnreadBytesMax.
// - What is out of bounds is reset, and both sides know.
// - gRPC names a connection by its other end alone. So of two that come from one port, to two
//   addresses of ours, the second is closed: what one shows or sends would count for the other.
//
// A connection's descriptor is gRPC's, and closed by it at any time. It is looked at only under the
// cookie that the kernel gave the socket, and reset through a descriptor of our own.
//
// Owns the listening sockets and a thread. All else is called by any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "collector/connection_limits.h"
#include "common/clock.h"
#include "common/unique_fd.h"

namespace spoor::collector {

class Visitors;

// One connection, as one of its calls holds it.
class Visitor {
 public:
  // A message of so many bytes was taken out of it. Any thread.
  void took(size_t bytes);
  // All that has come over it so far; 0 when it is gone. Any thread.
  uint64_t come() const;
  // Several calls are open that showed a good certificate. Any thread.
  bool is_shared() const { return calls > 1; }

 private:
  friend class Visitors;
  int fd = -1;
  uint64_t cookie = 0;
  std::string peer;     // address and port of its other end...
  std::string own;      // ...and of ours
  std::string address;
  std::string network;
  std::string agent;    // of its certificate; empty: none yet
  int64_t since_ns = 0; // boottime; a stranger since then
  std::atomic<int> calls = 0;  // with a good certificate; none: a stranger
  uint64_t base = 0;    // what had come before we count
  uint64_t seen = 0;    // what had come when it was looked at last
  int64_t forgot_ns = 0; // boottime: what comes beside messages is forgotten up to then
  std::atomic<uint64_t> taken = 0;
};

// One read of a call: whether more comes over its connection meanwhile than any message takes.
// Under the call's lock.
class LongRead {
 public:
  void begin() { was_looked_at_ = false; }
  // To be called now and then. The first look at a read only begins to count.
  bool is_endless(const Visitor& visitor);

 private:
  bool was_looked_at_ = false;
  uint64_t come_before_ = 0;
};

class Visitors {
 public:
  struct Hooks {
    // Takes a connection's descriptor over, to close it.
    std::function<void(int fd)> admit;
    // One was reset for what it sent. The agent's name may be empty.
    std::function<void(const std::string& agent, const std::string& address,
                       const std::string& why)> on_cut;
  };
  // The thread calls the hooks. `descriptors_max`: of this process. The clock outlives this.
  Visitors(std::vector<UniqueFd> listeners, size_t descriptors_max, const Clock& clock,
           Hooks hooks);
  ~Visitors() { stop(); }
  void start();
  // Accepts no more, and looks at none. Connections stay as they are.
  void stop();

  // A call of this peer, as gRPC names it, shows a good certificate. nullptr: it came by another
  // door, or is gone.
  std::shared_ptr<Visitor> vouch(const std::string& peer, const std::string& agent);
  // The connection of this peer, whatever it has shown; nullptr as above.
  std::shared_ptr<Visitor> find(const std::string& peer);
  // That call has ended.
  void leave(const std::shared_ptr<Visitor>& visitor);

 private:
  using Ref = std::shared_ptr<Visitor>;
  struct Cut {
    std::string agent, address, why;
  };

  void run();
  int wait_ms();
  void look_around();
  void arm(int fd, uint64_t mark, bool is_new);
  void accept_from(int listener);
  void add(UniqueFd connection);
  void look(const Ref& visitor);
  void look_at_agent(const std::string& agent);
  std::optional<int64_t> unread_of(Visitor& visitor);
  void sweep();
  void make_room();
  void reset(const Ref& visitor);
  void forget(const Ref& visitor);
  void leave_agent(const Ref& visitor);

  const size_t room_;   // descriptors below this are for connections...
  const size_t brink_;  // ...and from here on none is let in
  const Clock& clock_;
  const Hooks hooks_;
  std::vector<UniqueFd> listeners_;
  const UniqueFd poll_, stop_, spare_;
  std::mutex mutex_;  // the four below
  std::map<int, Ref> by_fd_;
  std::map<std::string, Ref> by_peer_;
  std::map<std::string, std::set<Ref>> by_agent_;  // with a call, and not gone
  std::set<int> strangers_;
  // The thread's own.
  std::vector<int> unarmed_;  // listeners, until the next tick
  std::vector<int> admitted_;
  std::vector<Cut> cuts_;               // to be told
  bool made_room_ = false;              // in this tick
  std::set<int> busy_;                  // looked at with the strangers
  int stranger_turn_ = -1;              // the same of strangers, where they are too many
  int turn_of_ = -1;                    // who was looked at last in its turn
  int64_t tick_ns_ = 0, sweep_ns_ = 0;  // the next, boottime
  std::thread thread_;
};

}  // namespace spoor::collector
