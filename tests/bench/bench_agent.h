// One agent of a generator: a connection of its own over mutual TLS, the protocol of docs/uplink.md
// as an uplink speaks it, and a ledger of what was promised. Bytes go out as they were built:
// nothing is serialized twice.
//
// All agents live on one thread, that of their AgentLoop.
#pragma once

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/uplink/backoff.h"
#include "spoor/v1/uplink.pb.h"
#include "tests/bench/frame_bodies.h"

namespace spoor::bench {

// What enrolment left (identities.h).
struct AgentIdentity {
  std::string name, machine_id, key, chain;
};

// A ShipRequest that holds a frame.
struct BuiltFrame {
  grpc::ByteBuffer bytes;
  uint64_t last_sequence = 0;
  uint32_t events = 0;
  uint32_t size = 0;
};
BuiltFrame build(FrameStream& stream);

// What all agents did, for one report.
struct Tally {
  uint64_t frames_acked = 0, events_acked = 0, bytes_acked = 0, commits = 0;
  uint64_t connects = 0, calls_failed = 0, violations = 0;
  size_t shipping = 0;                     // agents between Resume and the end of their call
  size_t connecting = 0;                   // between the beginning of a call and its Resume or end
  std::map<int, uint64_t> refusals;        // by code
  std::map<std::string, uint64_t> failures;  // by what gRPC says
  std::map<int64_t, uint64_t> acks_by_ms;  // time from a frame's write to its commit
};

class BenchAgent {
 public:
  struct Settings {
    std::string address, root;
    size_t window_bytes = 4u << 20;
  };
  BenchAgent(const Settings& settings, AgentIdentity identity, const FrameBodies& bodies,
             uint64_t seed, grpc::CompletionQueue& queue, Tally& tally);

  FrameStream& stream() { return stream_; }
  // Frames to be sent in this order; more may be added.
  void add(BuiltFrame frame);
  // All at once.
  void take(std::deque<BuiltFrame> frames);
  // Connects when it is due, if not too many others do: one thread stands for all their hosts.
  void tick(int64_t now_ns);
  bool is_shipping() const { return is_shipping_; }
  // All that was added is committed.
  bool is_done() const { return waiting_.empty() && unacked_.empty(); }
  void hang_up();

 private:
  enum class Kind { start, read, write, finish };
  struct Tag {
    BenchAgent* agent;
    Kind kind;
  };
  struct Sent {
    BuiltFrame frame;
    int64_t sent_ns;
  };
  friend class AgentLoop;

  void on_done(Kind kind, bool is_ok, int64_t now_ns);
  void connect();
  void connected();
  void say_hello();
  void on_message(const v1::ShipResponse& message, int64_t now_ns);
  void on_resume(const v1::Resume& resume);
  void on_commit(const v1::CommitPoint& commit, int64_t now_ns);
  void pump(int64_t now_ns);
  void write(const grpc::ByteBuffer& bytes, bool more_follows);
  void end(int64_t now_ns);

  const Settings& settings_;
  const AgentIdentity identity_;
  FrameStream stream_;
  const std::string boot_id_;
  grpc::CompletionQueue& queue_;
  Tally& tally_;
  uplink::Backoff backoff_;
  Tag start_{this, Kind::start}, read_{this, Kind::read}, write_{this, Kind::write},
      finish_{this, Kind::finish};

  std::unique_ptr<grpc::ClientContext> context_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer received_;
  grpc::Status status_;
  int pending_ = 0;
  bool is_shipping_ = false, is_writing_ = false, is_ending_ = false, is_finished_ = false;
  bool is_connecting_ = false, wants_no_more_ = false;
  int64_t connect_at_ns_ = 0;
  int64_t retry_after_ms_ = 0;

  std::deque<BuiltFrame> waiting_;
  std::deque<Sent> unacked_;
  size_t unacked_bytes_ = 0;
  uint64_t committed_ = 0;  // sequence
};

// Drives agents on the caller's thread.
class AgentLoop {
 public:
  explicit AgentLoop(grpc::CompletionQueue& queue) : queue_(queue) {}
  // Until `until_ns` (monotonic) or `is_enough`, asked after each event.
  void run(int64_t until_ns, const std::function<bool()>& is_enough = {});

 private:
  grpc::CompletionQueue& queue_;
};

int64_t now_ns();

}  // namespace spoor::bench
