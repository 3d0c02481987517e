// The life of one connection is told in proto/spoor/v1/uplink.proto and docs/uplink.md. What is
// sent after the last commit is sent again after a reconnect: the position to go on from is always
// the collector's, never ours.
#include "agent/uplink/uplink.h"

#include <sys/utsname.h>

#include <algorithm>
#include <random>

#include "agent/uplink/backoff.h"
#include "agent/uplink/commit_outbox.h"
#include "agent/uplink/connection.h"
#include "agent/uplink/spool_reader.h"
#include "agent/uplink/spool_watch.h"
#include "agent/uplink/window.h"
#include "common/log.h"

namespace spoor::uplink {
namespace {

constexpr uint32_t kProtocolVersion = 1;
constexpr int64_t kBackoffFirstMs = 100;
constexpr int64_t kBackoffMostMs = 30'000;
constexpr int kResumeTimeoutMs = 10'000;
constexpr int kIdleMs = 500;
constexpr int64_t kStatusNs = 10 * kNsPerSecond;
// Frames of one stream before the others and the collector's answers get their turn.
constexpr int kFramesAtOnce = 32;
constexpr size_t kSmallFileMax = 4096;

std::string id_text(const Id& id) { return std::string(as_text(id)); }

bool read_array(const std::string& from, auto& into) {
  if (from.size() != into.size()) return false;
  std::copy(from.begin(), from.end(), into.begin());
  return true;
}

Result<Id> read_id_file(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, read_file(files, path, kSmallFileMax));
  std::erase_if(text, [](char c) { return c == '-' || c == '\n'; });
  return array_from_hex<16>(text);
}

std::array<EventClass, kEventClasses> classes_by_urgency() {
  return {EventClass::access, EventClass::command, EventClass::activity, EventClass::input};
}

}  // namespace

struct Uplink::Parts {
  Parts(const Config& c, int stop)
      : config(c), stop_fd(stop), watch(stop), outbox(files, clock, c.commit_folder),
        backoff(kBackoffFirstMs, kBackoffMostMs, std::random_device{}()) {}

  Config config;
  int stop_fd;
  PosixFiles files;
  SystemClock clock;
  SpoolWatch watch;
  CommitOutbox outbox;
  Backoff backoff;
  bool stopping = false;
  std::string last_problem;
  uint64_t bytes_sent = 0;
  uint64_t connects = 0;

  // Of the connection that lives.
  std::unique_ptr<SpoolReader> reader;
  std::unique_ptr<Connection> connection;
  Window window;
  std::array<StreamPoint, kEventClasses> sent;
  int64_t status_due_ns = 0;

  Status ship_until_broken();
  Status broken() const;
  Result<v1::ShipRequest> hello();
  Status wait_for_resume();
  Status resume(const v1::Resume& resume);
  Status bind_log(const std::string& log_id);
  Status take_responses();
  Status take_commit(const v1::CommitPoint& commit);
  Result<bool> ship_some(EventClass c);
  bool send_frame(SpooledFrame& frame);
  bool send_skip(const SpooledFrame& frame, StreamPoint from);
  void send_status();
  void say(const Status& status);
};

// A send can fail before the reader has heard why.
Status Uplink::Parts::broken() const {
  const std::string problem = connection->problem();
  return unavailable(problem.empty() ? "the connection to the collector broke" : problem);
}

Uplink::Uplink(const Config& config, int stop_fd)
    : parts_(std::make_unique<Parts>(config, stop_fd)) {}
Uplink::~Uplink() = default;

Status Uplink::run() {
  Parts& p = *parts_;
  while (!p.stopping) {
    const Status status = p.ship_until_broken();
    p.connection.reset();
    if (const Status written = p.outbox.write_due(true); !written.is_ok()) p.say(written);
    if (p.stopping) break;
    p.say(status);
    p.stopping = p.watch.pause(p.backoff.next_ms());
  }
  return ok();
}

Status Uplink::Parts::ship_until_broken() {
  ASSIGN_OR_RETURN(reader, SpoolReader::open(files, config.spool_folder));
  RETURN_IF_ERROR(watch.watch(reader->folders()));
  window = Window();
  sent.fill({});
  ASSIGN_OR_RETURN(const v1::ShipRequest request, hello());
  connection = std::make_unique<Connection>(config.collector_address, stop_fd,
                                            [this] { watch.wake(); });
  if (!connection->send(request)) return broken();
  RETURN_IF_ERROR(wait_for_resume());
  ++connects;
  log_info("shipping {} to {}", config.spool_folder, config.collector_address);
  while (!stopping) {
    RETURN_IF_ERROR(take_responses());
    if (!connection->is_open()) return broken();
    bool shipped = false;
    for (const EventClass c : classes_by_urgency()) {
      ASSIGN_OR_RETURN(const bool some, ship_some(c));
      shipped = shipped || some;
    }
    send_status();
    if (const Status status = outbox.write_due(false); !status.is_ok()) say(status);
    stopping = watch.wait(shipped ? 0 : kIdleMs);
  }
  return ok();
}

Result<v1::ShipRequest> Uplink::Parts::hello() {
  v1::ShipRequest request;
  v1::Hello& hello = *request.mutable_hello();
  hello.set_protocol_version(kProtocolVersion);
  hello.set_uplink_version(SPOOR_VERSION);
  ASSIGN_OR_RETURN(const Id machine_id, read_id_file(files, config.machine_id_file));
  ASSIGN_OR_RETURN(const Id boot_id, read_id_file(files, "/proc/sys/kernel/random/boot_id"));
  hello.set_machine_id(id_text(machine_id));
  hello.set_boot_id(id_text(boot_id));
  utsname names{};
  if (uname(&names) != 0) return internal("uname failed");
  hello.set_host(config.host.empty() ? names.nodename : config.host);
  const auto log_id = read_id_file(files, config.state_folder + "/log_id");
  if (log_id.is_ok()) hello.set_log_id(id_text(*log_id));
  for (const EventClass c : classes_by_urgency()) {
    ASSIGN_OR_RETURN(const SpoolReader::Held held, reader->held(c));
    v1::StreamOffer& offer = *hello.add_streams();
    offer.set_stream(id_text(held.stream));
    offer.set_stream_class(static_cast<v1::Class>(c));
    offer.set_chain_before(std::string(as_text(held.chain_before)));
    offer.set_previous_epoch(held.before.epoch);
    offer.set_previous_sequence(held.before.sequence);
    for (const auto& range : held.ranges) {
      v1::EpochRange& to = *offer.add_epochs();
      to.set_epoch(range.epoch);
      to.set_nonce(id_text(range.nonce));
      to.set_first_sequence(range.first_sequence);
      to.set_last_sequence(range.last_sequence);
    }
  }
  return request;
}

Status Uplink::Parts::wait_for_resume() {
  const int64_t deadline_ns = clock.now().boottime_ns + kResumeTimeoutMs * kNsPerMs;
  while (!stopping) {
    for (const v1::ShipResponse& response : connection->take()) {
      if (response.has_resume()) return resume(response.resume());
      if (response.has_refuse())
        return denied("the collector refuses: " + response.refuse().text());
      return unavailable("the collector answered Hello with something else");
    }
    if (!connection->is_open()) return broken();
    if (clock.now().boottime_ns > deadline_ns) return unavailable("the collector does not answer");
    stopping = watch.wait(kIdleMs);
  }
  return unavailable("stopping");
}

// A host belongs to one log: another one would begin in the middle and know nothing of before.
Status Uplink::Parts::bind_log(const std::string& log_id) {
  Id id;
  if (!read_array(log_id, id)) return unavailable("the collector gave no log id");
  const std::string path = config.state_folder + "/log_id";
  const auto bound = read_id_file(files, path);
  if (bound.is_ok()) {
    if (*bound == id) return ok();
    return denied("this collector's log is " + to_hex(id) + ", but this host is bound to " +
                  to_hex(*bound) + " (remove " + path + " to bind it anew)");
  }
  if (bound.code() != Code::not_found) return bound.status();
  return write_file(files, path, to_hex(id) + "\n");
}

Status Uplink::Parts::resume(const v1::Resume& resume) {
  RETURN_IF_ERROR(bind_log(resume.log_id()));
  for (const EventClass c : classes_by_urgency()) {
    StreamPoint& point = sent[static_cast<size_t>(c) - 1];
    for (const v1::StreamResume& stream : resume.streams()) {
      if (stream.stream() != id_text(reader->stream(c)) || stream.epoch() == 0) continue;
      point = {stream.epoch(), stream.next_sequence() == 0 ? 0 : stream.next_sequence() - 1};
    }
    reader->seek(c, point);
  }
  return ok();
}

Status Uplink::Parts::take_responses() {
  for (const v1::ShipResponse& response : connection->take()) {
    if (response.has_commit()) RETURN_IF_ERROR(take_commit(response.commit()));
    if (response.has_refuse()) {
      return unavailable("the collector refuses: " + response.refuse().text());
    }
  }
  return ok();
}

Status Uplink::Parts::take_commit(const v1::CommitPoint& commit) {
  for (const EventClass c : classes_by_urgency()) {
    if (commit.stream() != id_text(reader->stream(c))) continue;
    CommitNote note;
    note.stream = reader->stream(c);
    note.log_generation = commit.log_generation();
    note.epoch = commit.epoch();
    note.sequence = commit.sequence();
    note.time_ns = commit.time_ns();
    note.wish = static_cast<CommitWish>(commit.wish());
    const bool is_signed = commit.algorithm() == v1::CommitPoint::ALGORITHM_ED25519;
    if (is_signed) note.signature = commit.signature();
    if (!read_array(commit.log_id(), note.log_id) || !read_array(commit.chain(), note.chain)) {
      return unavailable("the collector sent a commit that is not one");
    }
    window.committed(c, {commit.epoch(), commit.sequence()});
    // A connection that gets nothing done is no reason to hurry the next one.
    backoff.reset();
    last_problem.clear();
    outbox.put(c, note);
  }
  return ok();
}

Result<bool> Uplink::Parts::ship_some(EventClass c) {
  bool some = false;
  for (int i = 0; i < kFramesAtOnce && !window.is_full(); ++i) {
    ASSIGN_OR_RETURN(auto frame, reader->next(c));
    if (!frame) return some;
    if (!send_frame(*frame)) return broken();
    some = true;
  }
  return some;
}

bool Uplink::Parts::send_frame(SpooledFrame& frame) {
  const FrameHeader& header = frame.head.header;
  StreamPoint& point = sent[static_cast<size_t>(frame.event_class) - 1];
  // The frame follows something that the collector does not have and the spool has no more.
  const StreamPoint follows{header.previous_epoch, header.previous_sequence};
  if (point.epoch != 0 && follows > point && !send_skip(frame, point)) return false;
  point = {header.epoch, header.last_sequence};
  const size_t bytes = frame.block.size();
  v1::ShipRequest request;
  request.mutable_frame()->set_block(std::move(frame.block));
  if (!connection->send(request)) return false;
  window.sent(frame.event_class, point, bytes);
  bytes_sent += bytes;
  return true;
}

bool Uplink::Parts::send_skip(const SpooledFrame& frame, StreamPoint from) {
  const FrameHeader& header = frame.head.header;
  const bool same_epoch = from.epoch == header.previous_epoch;
  v1::ShipRequest request;
  v1::Skip& skip = *request.mutable_skip();
  skip.set_stream(id_text(header.stream));
  skip.set_stream_class(static_cast<v1::Class>(frame.event_class));
  skip.set_epoch(header.previous_epoch);
  skip.set_first_sequence(same_epoch ? from.sequence + 1 : 1);
  skip.set_last_sequence(header.previous_sequence);
  skip.set_events(skip.last_sequence() - skip.first_sequence() + 1);
  skip.set_chain_after(std::string(as_text(frame.head.previous_chain)));
  skip.set_cause(v1::Loss::CAUSE_SPOOL_MISSING);
  skip.set_previous_epoch(from.epoch);
  skip.set_previous_sequence(from.sequence);
  log_warning("{} frames {}..{} of epoch {} are in no segment any more: saying so to the collector",
              event_class_name(frame.event_class), skip.first_sequence(), skip.last_sequence(),
              skip.epoch());
  return connection->send(request);
}

void Uplink::Parts::send_status() {
  const Instant now = clock.now();
  if (now.boottime_ns < status_due_ns) return;
  status_due_ns = now.boottime_ns + kStatusNs;
  v1::ShipRequest request;
  v1::Status& status = *request.mutable_status();
  status.set_uplink_bytes_sent(bytes_sent);
  status.set_uplink_reconnects(connects);
  (void)connection->send(request);  // a broken call shows in is_open()
}

// The same trouble once, not at every try.
void Uplink::Parts::say(const Status& status) {
  if (status.is_ok() || status.message() == last_problem) return;
  last_problem = status.message();
  log_warning("{}; trying again", status.message());
}

}  // namespace spoor::uplink
