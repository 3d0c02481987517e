#include "tests/sim/delivery/network.h"

#include "common/frame/reader.h"

namespace spoor::sim {
namespace {

// How long an end may go on before it hears that the call broke: the other end's last messages may
// come after those of the next call.
constexpr int64_t kUnheardMaxNs = 2 * kNsPerSecond;
constexpr int64_t kPartedLookNs = 100 * kNsPerMs;
constexpr int64_t kRenewalMostMs = 3'000;
// Fewer than the collector remembers of a stream: what lies before those is refused.
constexpr size_t kDoubledFrames = 8;

bool is_checkpoint(const v1::ShipRequest& request) {
  if (!request.has_frame()) return false;
  const auto outside = read_block_outside(as_bytes(request.frame().block()));
  return outside.is_ok() && outside->frames.front().header.kind == FrameKind::checkpoint;
}

class WireLink final : public uplink::Link {
 public:
  explicit WireLink(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~WireLink() override { wire_->hang_up(); }
  bool send(const v1::ShipRequest& request) override { return wire_->send_up(request); }
  std::vector<v1::ShipResponse> take() override { return wire_->take(); }
  bool is_open() const override { return wire_->is_open(); }
  std::string problem() const override { return wire_->is_open() ? "" : "the call broke"; }

 private:
  std::shared_ptr<Wire> wire_;
};

}  // namespace

void Network::cut(size_t host) {
  for (const auto& weak : wires_) {
    const auto wire = weak.lock();
    if (wire && wire->host_ == host) wire->break_off();
  }
}

void Network::cut_all() {
  for (size_t host = 0; host < roads_.size(); ++host) cut(host);
}

Result<std::unique_ptr<uplink::Link>> HostTransport::connect(const std::string&) {
  if (const auto last = last_.lock()) last->is_newest_ = false;
  auto wire = std::make_shared<Wire>(network_, host_, network_.dice_.fork());
  std::erase_if(network_.wires_, [](const auto& weak) { return weak.expired(); });
  network_.wires_.push_back(wire);
  last_ = wire;
  wire->send(wire->up_, [wire = wire.get()] {
    if (!wire->is_server_open_) return;  // the host has gone meanwhile
    Network& network = wire->network_;
    wire->call_ = network.accept_(wire->shared_from_this(), network.badge(wire->host_));
    if (!wire->call_) wire->break_off();
  });
  return std::unique_ptr<uplink::Link>(std::make_unique<WireLink>(std::move(wire)));
}

void HostTransport::certificate_expired() {
  network_.timeline_.in(network_.dice_.between(10, kRenewalMostMs) * kNsPerMs,
                        [badge = &network_.badge(host_)] { badge->is_expired = false; });
}

void Wire::send(std::deque<Going>& way, std::function<void()> arrive) {
  const Road& road = network_.road(host_);
  int64_t due_ns =
      network_.timeline_.now_ns() + dice_.between(road.delay_min_ns, road.delay_max_ns);
  if (!way.empty()) due_ns = std::max(due_ns, way.back().due_ns);
  way.push_back({due_ns, std::move(arrive)});
  network_.timeline_.at(due_ns, [self = shared_from_this(), &way] { self->pump(way); });
}

void Wire::pump(std::deque<Going>& way) {
  const int64_t now_ns = network_.timeline_.now_ns();
  if (network_.road(host_).is_parted) {
    network_.timeline_.in(kPartedLookNs, [self = shared_from_this(), &way] { self->pump(way); });
    return;
  }
  while (!way.empty() && way.front().due_ns <= now_ns) {
    const auto arrive = std::move(way.front().arrive);
    way.pop_front();
    arrive();
  }
}

// A call that has lost something breaks, but not before what follows may have arrived.
bool Wire::is_dropped() {
  const uint64_t one_in = network_.road(host_).dropped_one_in;
  if (one_in == 0 || !dice_.one_in(one_in)) return false;
  network_.tally_.count("fault message dropped");
  network_.timeline_.in(dice_.between(0, kUnheardMaxNs),
                        [self = shared_from_this()] { self->break_off(); });
  return true;
}

bool Wire::send_up(const v1::ShipRequest& request) {
  if (!is_host_open_) return false;
  if (network_.watch_) network_.watch_(host_, request);
  const Road& road = network_.road(host_);
  // What gRPC hands over once it hands over once; but the collector must stand a Hello alone. What
  // it loses it loses with all that follows: without its sequence a checkpoint would not be missed.
  if (!is_checkpoint(request) && is_dropped()) return true;
  send(up_, [this, request] { arrive_up(request); });
  if (network_.is_lying_twice_ && request.has_frame()) double_frame(request);
  if (road.doubled_one_in > 0 && !request.has_hello() && dice_.one_in(road.doubled_one_in)) {
    network_.tally_.count("fault message doubled");
    send(up_, [this, request] { arrive_up(request); });
  }
  return true;
}

// At once, and one of the last few out of its turn.
void Wire::double_frame(const v1::ShipRequest& request) {
  sent_.push_back(request);
  if (sent_.size() > kDoubledFrames) sent_.pop_front();
  for (const v1::ShipRequest& again : {request, sent_[dice_.below(sent_.size())]})
    send(up_, [this, again] { arrive_up(again); });
  network_.tally_.count("lie frame doubled", 2);
}

void Wire::arrive_up(v1::ShipRequest request) {
  if (!is_server_open_ || !call_) return;
  if (!is_newest_) network_.tally_.count("fault message of an older call came later");
  call_->on_request(std::move(request));
}

void Wire::send_down(v1::ShipResponse response) {
  if (!is_server_open_) return;
  const Road& road = network_.road(host_);
  if (is_dropped()) return;
  const bool twice = road.doubled_one_in > 0 && response.has_commit() &&
                     dice_.one_in(road.doubled_one_in);
  if (twice) network_.tally_.count("fault message doubled");
  for (int i = 0; i < (twice ? 2 : 1); ++i) {
    send(down_, [this, response] {
      if (is_host_open_) arrived_.push_back(response);
    });
  }
}

void Wire::end() {
  is_server_open_ = false;
  send(down_, [this] { is_host_open_ = false; });
}

void Wire::hang_up() {
  is_host_open_ = false;
  if (!is_server_open_) return;
  network_.timeline_.in(dice_.between(0, kUnheardMaxNs),
                        [self = shared_from_this()] { self->break_server(); });
}

void Wire::break_off() {
  network_.timeline_.in(dice_.between(0, kUnheardMaxNs),
                        [self = shared_from_this()] { self->is_host_open_ = false; });
  network_.timeline_.in(dice_.between(0, kUnheardMaxNs),
                        [self = shared_from_this()] { self->break_server(); });
}

void Wire::break_server() {
  if (!std::exchange(is_server_open_, false)) return;
  if (call_) std::exchange(call_, nullptr)->on_broken();
}

}  // namespace spoor::sim
