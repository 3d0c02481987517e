#include "tests/bench/bench_agent.h"

#include <chrono>
#include <utility>

#include "agent/uplink/window.h"
#include "common/clock.h"

namespace spoor::bench {
namespace {

constexpr char kMethod[] = "/spoor.v1.Uplink/Ship";
constexpr size_t kConnectingMax = 128;
constexpr int kBackoffFirstMs = 100, kBackoffMostMs = 30'000;

void append_varint(std::string& to, uint64_t value) {
  for (; value > 127; value >>= 7) to += static_cast<char>((value & 127) | 128);
  to += static_cast<char>(value);
}

size_t varint_size(uint64_t value) {
  size_t size = 1;
  for (; value > 127; value >>= 7) ++size;
  return size;
}

template <typename Message>
grpc::ByteBuffer serialized(const Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

}  // namespace

int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

BuiltFrame build(FrameStream& stream) {
  const FrameStream::Block block = stream.next();
  // ShipRequest { frame = 2 { block = 1 } }
  std::string outside = "\x12";
  append_varint(outside, 1 + varint_size(block.size()) + block.size());
  outside += '\x0a';
  append_varint(outside, block.size());
  const grpc::Slice slices[] = {
      grpc::Slice(outside + block.head),
      grpc::Slice(block.body.data(), block.body.size(), grpc::Slice::STATIC_SLICE)};
  return {grpc::ByteBuffer(slices, 2), block.last_sequence, static_cast<uint32_t>(block.events),
          static_cast<uint32_t>(block.size())};
}

BenchAgent::BenchAgent(const Settings& settings, AgentIdentity identity, const FrameBodies& bodies,
                       uint64_t seed, grpc::CompletionQueue& queue, Tally& tally)
    : settings_(settings),
      identity_(std::move(identity)),
      stream_(bodies, seed),
      boot_id_(identity_.machine_id.rbegin(), identity_.machine_id.rend()),
      queue_(queue),
      tally_(tally),
      backoff_(kBackoffFirstMs, kBackoffMostMs, seed) {}

void BenchAgent::add(BuiltFrame frame) {
  waiting_.push_back(std::move(frame));
  pump(now_ns());
}

void BenchAgent::take(std::deque<BuiltFrame> frames) {
  waiting_ = std::move(frames);
  pump(now_ns());
}

void BenchAgent::tick(int64_t now) {
  if (pending_ == 0 && !wants_no_more_ && now >= connect_at_ns_ &&
      tally_.connecting < kConnectingMax)
    connect();
}

void BenchAgent::hang_up() {
  wants_no_more_ = true;
  if (pending_ > 0) context_->TryCancel();
}

// Each call makes a connection of its own, as an uplink's. What TLS needs is made anew only where
// the connection is still there: it costs more than a handshake.
void BenchAgent::connect() {
  ++tally_.connects;
  ++tally_.connecting;
  is_connecting_ = true;
  if (!channel_ || channel_->GetState(false) == GRPC_CHANNEL_READY) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(uplink::kMessageBytesMax);
    arguments.SetMaxSendMessageSize(uplink::kMessageBytesMax);
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kBackoffFirstMs);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kBackoffFirstMs);
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = settings_.root;
    options.pem_private_key = identity_.key;
    options.pem_cert_chain = identity_.chain;
    channel_ = grpc::CreateCustomChannel(settings_.address, grpc::SslCredentials(options),
                                         arguments);
    stub_ = std::make_unique<grpc::GenericStub>(channel_);
  }
  context_ = std::make_unique<grpc::ClientContext>();
  call_ = stub_->PrepareCall(context_.get(), kMethod, &queue_);
  is_ending_ = is_writing_ = is_finished_ = false;
  retry_after_ms_ = 0;
  ++pending_;
  call_->StartCall(&start_);
}

void BenchAgent::connected() {
  if (std::exchange(is_connecting_, false)) --tally_.connecting;
}

void BenchAgent::say_hello() {
  v1::ShipRequest request;
  v1::Hello& hello = *request.mutable_hello();
  hello.set_protocol_version(1);
  hello.set_uplink_version("bench");
  hello.set_machine_id(identity_.machine_id);
  hello.set_boot_id(boot_id_);
  hello.set_host(identity_.name);
  v1::StreamOffer& offer = *hello.add_streams();
  offer.set_stream(std::string(as_text(stream_.id())));
  offer.set_stream_class(v1::CLASS_COMMAND);
  offer.set_chain_before(std::string(32, '\0'));
  v1::EpochRange& epoch = *offer.add_epochs();
  epoch.set_epoch(1);
  epoch.set_nonce(std::string(as_text(stream_.nonce())));
  epoch.set_first_sequence(1);
  epoch.set_last_sequence(stream_.sequence());
  write(serialized(request), false);
}

void BenchAgent::on_done(Kind kind, bool is_ok, int64_t now) {
  --pending_;
  switch (kind) {
    case Kind::start:
      if (!is_ok) break;
      ++pending_;
      call_->Read(&received_, &read_);
      say_hello();
      return;
    case Kind::write:
      is_writing_ = false;
      if (is_ok && !is_ending_) return pump(now);
      break;
    case Kind::read: {
      if (!is_ok) break;
      grpc::Slice bytes;
      v1::ShipResponse message;
      const bool is_read = received_.DumpToSingleSlice(&bytes).ok() &&
                           message.ParseFromArray(bytes.begin(), static_cast<int>(bytes.size()));
      if (!is_read) ++tally_.violations;
      ++pending_;
      call_->Read(&received_, &read_);
      return on_message(message, now);
    }
    case Kind::finish:
      is_finished_ = true;
      break;
  }
  if (!is_ending_) {
    is_ending_ = true;
    ++pending_;
    call_->Finish(&status_, &finish_);
  }
  if (is_finished_ && pending_ == 0) end(now);
}

void BenchAgent::on_message(const v1::ShipResponse& message, int64_t now) {
  if (message.has_resume()) {
    on_resume(message.resume());
    return pump(now);
  }
  if (message.has_commit()) {
    if (message.commit().wish() != v1::CommitPoint::WISH_NONE) ++tally_.violations;
    on_commit(message.commit(), now);
    return pump(now);
  }
  ++tally_.refusals[message.refuse().code()];
  retry_after_ms_ = static_cast<int64_t>(message.refuse().retry_after_ms());
}

// What the log has is not sent again; what was promised must be in it.
void BenchAgent::on_resume(const v1::Resume& resume) {
  backoff_.reset();
  connected();
  is_shipping_ = true;
  ++tally_.shipping;
  if (resume.streams_size() != 1) ++tally_.violations;
  const v1::StreamResume& at = resume.streams(0);
  const uint64_t has = at.epoch() == 0 ? 0 : at.next_sequence() - 1;
  if (has < committed_) ++tally_.violations;
  // Each frame is one object: those in flight go back before those that wait.
  while (!unacked_.empty()) {
    waiting_.push_front(std::move(unacked_.back().frame));
    unacked_.pop_back();
  }
  unacked_bytes_ = 0;
  while (!waiting_.empty() && waiting_.front().last_sequence <= has) {
    tally_.events_acked += waiting_.front().events;
    tally_.bytes_acked += waiting_.front().size;
    ++tally_.frames_acked;
    waiting_.pop_front();
  }
  committed_ = std::max(committed_, has);
}

void BenchAgent::on_commit(const v1::CommitPoint& commit, int64_t now) {
  ++tally_.commits;
  if (commit.sequence() < committed_ || commit.signature().size() != 64) ++tally_.violations;
  committed_ = std::max(committed_, commit.sequence());
  while (!unacked_.empty() && unacked_.front().frame.last_sequence <= committed_) {
    const Sent& sent = unacked_.front();
    ++tally_.acks_by_ms[(now - sent.sent_ns) / kNsPerMs];
    tally_.events_acked += sent.frame.events;
    tally_.bytes_acked += sent.frame.size;
    ++tally_.frames_acked;
    unacked_bytes_ -= sent.frame.size;
    unacked_.pop_front();
  }
}

void BenchAgent::pump(int64_t now) {
  if (!is_shipping_ || is_writing_ || is_ending_ || waiting_.empty()) return;
  if (unacked_bytes_ + waiting_.front().size > settings_.window_bytes && !unacked_.empty()) return;
  BuiltFrame frame = std::move(waiting_.front());
  waiting_.pop_front();
  unacked_bytes_ += frame.size;
  const bool more = !waiting_.empty() &&
                    unacked_bytes_ + waiting_.front().size <= settings_.window_bytes;
  unacked_.push_back({std::move(frame), now});
  write(unacked_.back().frame.bytes, more);
}

void BenchAgent::write(const grpc::ByteBuffer& bytes, bool more_follows) {
  is_writing_ = true;
  ++pending_;
  grpc::WriteOptions options;
  if (more_follows) options.set_buffer_hint();
  call_->Write(bytes, options, &write_);
}

void BenchAgent::end(int64_t now) {
  connected();
  if (is_shipping_) --tally_.shipping;
  is_shipping_ = false;
  ++tally_.calls_failed;
  if (!status_.ok()) ++tally_.failures[status_.error_message().substr(0, 60)];
  // As an uplink: what it was told, and up to half of that more.
  const int64_t wait_ms = retry_after_ms_ > 0
                              ? retry_after_ms_ + backoff_.jitter_ms(retry_after_ms_ / 2)
                              : backoff_.next_ms();
  connect_at_ns_ = now + wait_ms * kNsPerMs;
  call_.reset();
  context_.reset();
}

void AgentLoop::run(int64_t until_ns, const std::function<bool()>& is_enough) {
  while (!is_enough || !is_enough()) {
    const int64_t now = now_ns();
    if (now >= until_ns) return;
    void* tag = nullptr;
    bool is_ok = false;
    const auto deadline =
        std::chrono::system_clock::now() + std::chrono::nanoseconds(until_ns - now);
    switch (queue_.AsyncNext(&tag, &is_ok, deadline)) {
      case grpc::CompletionQueue::TIMEOUT:
      case grpc::CompletionQueue::SHUTDOWN:
        return;
      case grpc::CompletionQueue::GOT_EVENT: {
        auto* done = static_cast<BenchAgent::Tag*>(tag);
        done->agent->on_done(done->kind, is_ok, now_ns());
      }
    }
  }
}

}  // namespace spoor::bench
