// The network between uplinks and a collector: calls whose messages take time, get lost, come
// twice, wait behind a partition, or arrive after the call that followed theirs. Within a call they
// keep their order, as HTTP/2 has it. One thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "agent/uplink/transport.h"
#include "common/bytes.h"
#include "tests/sim/delivery/dice.h"
#include "tests/sim/delivery/tally.h"
#include "tests/sim/delivery/timeline.h"

namespace spoor::sim {

// The collector's end of a call.
class Call {
 public:
  virtual ~Call() = default;
  virtual void on_request(v1::ShipRequest request) = 0;
  // Nothing more comes, and nothing more can be sent.
  virtual void on_broken() = 0;
};

// What one host's way to the collector is like at the moment.
struct Road {
  int64_t delay_min_ns = kNsPerMs / 5;
  int64_t delay_max_ns = 3 * kNsPerMs;
  uint64_t dropped_one_in = 0;  // messages; 0: none
  uint64_t doubled_one_in = 0;
  bool is_parted = false;       // what is on its way waits
};

// What a host shows the collector: its certificate, in a world where hosts have one.
struct Badge {
  std::string agent;  // empty: a Unix socket, which shows nothing
  Id machine_id{};
  bool is_expired = false;
};

class Wire;

class Network {
 public:
  // `accept` makes the collector's end, or null when nobody listens.
  using Accept = std::function<std::shared_ptr<Call>(std::shared_ptr<Wire>, const Badge&)>;

  Network(Timeline& timeline, Dice dice, Tally& tally)
      : timeline_(timeline), dice_(dice), tally_(tally) {}
  void listen(Accept accept) { accept_ = std::move(accept); }
  // Sees each message of a host's as it leaves it.
  using Watch = std::function<void(size_t host, const v1::ShipRequest& request)>;
  void watch(Watch watch) { watch_ = std::move(watch); }

  Road& road(size_t host) { return roads_[host]; }
  Badge& badge(size_t host) { return badges_[host]; }
  // Each frame comes twice or more from here on, before anything has judged it.
  void lie_twice() { is_lying_twice_ = true; }
  void add_host(Badge badge) {
    roads_.emplace_back();
    badges_.push_back(std::move(badge));
  }
  // Every call of this host breaks; each end hears of it in its own time.
  void cut(size_t host);
  void cut_all();

 private:
  friend class Wire;
  friend class HostTransport;
  Timeline& timeline_;
  Dice dice_;
  Tally& tally_;
  Accept accept_;
  Watch watch_;
  std::deque<Road> roads_;
  std::deque<Badge> badges_;
  std::vector<std::weak_ptr<Wire>> wires_;
  bool is_lying_twice_ = false;
};

// One call, from end to end.
class Wire : public std::enable_shared_from_this<Wire> {
 public:
  Wire(Network& network, size_t host, Dice dice)
      : network_(network), host_(host), dice_(dice) {}

  size_t host() const { return host_; }
  // The host's end.
  bool send_up(const v1::ShipRequest& request);
  std::vector<v1::ShipResponse> take() { return std::exchange(arrived_, {}); }
  bool is_open() const { return is_host_open_; }
  void hang_up();  // the host's end is gone
  // The collector's end.
  void send_down(v1::ShipResponse response);
  void end();  // the call ends when all that was sent has arrived

  void break_off();

 private:
  friend class Network;
  friend class HostTransport;
  struct Going {
    int64_t due_ns = 0;
    std::function<void()> arrive;
  };
  void send(std::deque<Going>& way, std::function<void()> arrive);
  void pump(std::deque<Going>& way);
  bool is_dropped();
  void double_frame(const v1::ShipRequest& request);
  void arrive_up(v1::ShipRequest request);
  void break_server();

  Network& network_;
  const size_t host_;
  Dice dice_;
  std::shared_ptr<Call> call_;
  bool is_host_open_ = true;
  bool is_server_open_ = true;
  std::deque<Going> up_, down_;
  std::vector<v1::ShipResponse> arrived_;
  std::deque<v1::ShipRequest> sent_;  // the last frames, of a network that lies
  bool is_newest_ = true;
};

class HostTransport final : public uplink::Transport {
 public:
  HostTransport(Network& network, size_t host) : network_(network), host_(host) {}
  Result<std::unique_ptr<uplink::Link>> connect(const std::string& address) override;
  // It is renewed, after a while.
  void certificate_expired() override;

 private:
  Network& network_;
  size_t host_;
  std::weak_ptr<Wire> last_;
};

}  // namespace spoor::sim
