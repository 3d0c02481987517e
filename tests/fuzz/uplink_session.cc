// What a collector may say, whole: any messages in any order to the uplink's shipper, which has a
// spool with two epochs, a hole before them, a checkpoint and a tombstone. The input is a row of
// ShipResponses, each behind its length (two bytes); a zero length is a connection that breaks.
// Where an id or a chain value has one byte, that is the number of one that is so.
//
// Whatever is said, the spool stays as it is, each frame goes out as it lies there, in order; each
// hole that is told is possible; what is kept of it can be read again, and the log that this host
// is bound to does not change. And a collector that then asks for all gets all.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <source_location>
#include <utility>

#include "agent/uplink/id_file.h"
#include "agent/uplink/shipper.h"
#include "common/frame/commit_note.h"
#include "common/frame/writer.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace {

using namespace spoor;
using namespace spoor::uplink;

void must(bool holds, std::source_location at = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "line %u\n", at.line());
  std::abort();
}

Id id_of(size_t number) {
  Id id;
  id.fill(static_cast<uint8_t>(number + 1));
  return id;
}

constexpr size_t kCommand = static_cast<size_t>(EventClass::command) - 1;

// The same bytes each time.
class SampleSpool {
 public:
  SampleSpool() {
    std::string streams;
    for (size_t i = 0; i < kEventClasses; ++i) {
      const std::string name = event_class_name(static_cast<EventClass>(i + 1));
      streams += name + " " + to_hex(id_of(i)) + "\n";
      must(files.make_folder("/spool/" + name).is_ok());
    }
    files.put("/spool/streams", streams);
    files.put("/spool/epoch", "2 " + to_hex(id_of(102)) + "\n");
    files.put("/etc/machine-id", std::string(32, 'b'));
    files.put("/proc/sys/kernel/random/boot_id", std::string(32, 'c'));
    for (const char* folder : {"/commit", "/state"}) must(files.make_folder(folder).is_ok());
    (void)frame(FrameKind::data, 2);  // which the spool has no more
    std::string first = frame(FrameKind::data, 2);
    first += frame(FrameKind::data, 1);
    first += frame(FrameKind::checkpoint, 0);
    place_.epoch = 2;
    place_.epoch_nonce = id_of(102);
    std::string second = frame(FrameKind::tombstone, 3);
    second += frame(FrameKind::data, 2);
    put(1, 3, first);
    put(2, 1, second);
    blocks.erase(blocks.begin());
  }

  FakeFiles files;
  std::vector<std::string> blocks;  // in the order of the stream
  std::vector<Hash> chains;

 private:
  std::string frame(FrameKind kind, uint64_t sequences) {
    place_.event_class = EventClass::command;
    place_.stream = id_of(kCommand);
    place_.salt = id_of(200);
    const bool is_in_epoch = place_.previous.epoch == place_.epoch;
    place_.first_sequence = is_in_epoch ? place_.previous.sequence + 1 : 1;
    place_.last_sequence = place_.first_sequence + sequences - 1;
    FrameWriter writer(kind);
    for (uint64_t i = 0; kind != FrameKind::tombstone && i < std::max<uint64_t>(sequences, 1); ++i)
      writer.add("fields", "text", kind == FrameKind::data ? ++order_ : 0, 1'000, 1);
    Tombstone tombstone{Tombstone::Cause::spool_full, sequences, {}};
    tombstone.end_chain.fill(9);
    const SealedFrame sealed = kind == FrameKind::tombstone
                                   ? FrameWriter::seal_tombstone(place_, tombstone, {})
                                   : writer.seal(place_);
    const bool is_tombstone = kind == FrameKind::tombstone;
    place_.previous = {place_.epoch, sealed.header.last_sequence,
                       is_tombstone ? tombstone.end_chain : sealed.chain};
    blocks.push_back(sealed.block);
    chains.push_back(place_.previous.chain);
    return sealed.block;
  }
  void put(uint64_t epoch, uint64_t first, const std::string& content) {
    const auto padded = [](uint64_t n) { return std::string(19, '0') + std::to_string(n); };
    files.put("/spool/command/" + padded(epoch) + "-" + padded(first) + ".seg",
              encode_segment_header() + content);
  }

  FrameWriter::Place place_ = [] {
    FrameWriter::Place place;
    place.epoch = 1;
    place.epoch_nonce = id_of(101);
    return place;
  }();
  uint64_t order_ = 0;
};

const SampleSpool& sample() {
  static const SampleSpool spool;
  return spool;
}

// Of one connection: what was sent is looked at, what is to be heard waits.
struct Wire {
  std::vector<v1::ShipResponse> answers;
  bool open = true;
  bool was_greeted = false;
  size_t next_block = 0;

  void sent(const v1::ShipRequest& request) {
    must(request.has_hello() != was_greeted);
    was_greeted = true;
    if (request.has_frame()) {
      const auto& blocks = sample().blocks;
      const auto at = std::find(blocks.begin() + static_cast<ptrdiff_t>(next_block), blocks.end(),
                                request.frame().block());
      must(at != blocks.end());
      next_block = static_cast<size_t>(at - blocks.begin()) + 1;
    }
    if (request.has_skip()) {
      const v1::Skip& skip = request.skip();
      must(skip.stream() == as_text(id_of(kCommand)) && skip.stream_class() == v1::CLASS_COMMAND);
      must(skip.chain_after().size() == 32 && (skip.nonce().empty() || skip.nonce().size() == 16));
      must(skip.epoch() > 0 && skip.first_sequence() > 0);
      must(skip.last_sequence() - skip.first_sequence() + 1 == skip.events());
      must(skip.last_sequence() + 1 >= skip.first_sequence());
      must(skip.previous_epoch() <= skip.epoch());
    }
  }
};

class FuzzLink final : public Link {
 public:
  explicit FuzzLink(std::shared_ptr<Wire> wire) : wire_(std::move(wire)) {}
  ~FuzzLink() override { wire_->open = false; }
  bool send(const v1::ShipRequest& request) override {
    if (wire_->open) wire_->sent(request);
    return wire_->open;
  }
  std::vector<v1::ShipResponse> take() override { return std::exchange(wire_->answers, {}); }
  bool is_open() const override { return wire_->open; }
  std::string problem() const override { return ""; }

 private:
  std::shared_ptr<Wire> wire_;
};

class FuzzTransport final : public Transport {
 public:
  Result<std::unique_ptr<Link>> connect(const std::string&) override {
    wire = std::make_shared<Wire>();
    return std::unique_ptr<Link>(std::make_unique<FuzzLink>(wire));
  }
  std::shared_ptr<Wire> wire;
};

// A host and its uplink.
class Host {
 public:
  Host() { files_.become_copy_of(sample().files); }

  // Steps until a connection has said Hello.
  std::shared_ptr<Wire> connected() {
    for (int i = 0; i < 20 && !is_connected(); ++i) step();
    must(is_connected());
    return transport_.wire;
  }
  bool is_connected() const {
    return transport_.wire && transport_.wire->open && transport_.wire->was_greeted;
  }
  void step() {
    const Shipper::Next next = shipper_.step();
    clock_.advance_ns((next.is_pause ? next.wait_ms : 700) * kNsPerMs);
    must(shipper_.window_bytes() <= kWindowBytesMax);
    look();
  }
  std::string log_id() const {
    const auto id = read_id_file(files_, "/state/log_id");
    return id.is_ok() ? std::string(as_text(*id)) : std::string(16, 'L');
  }

 private:
  void look() {
    for (const std::string& path : files_.paths()) {
      const std::string now = files_.content(path);
      if (path.starts_with("/commit/")) {
        must(decode_commit_note(now).is_ok());
      } else if (path == "/state/log_id") {
        must(bound_.empty() || bound_ == now);
        bound_ = now;
      } else if (path != "/state/epoch_ends") {
        must(now == sample().files.content(path));
      }
    }
  }

  mutable FakeFiles files_;
  FakeClock clock_;
  FuzzTransport transport_;
  Shipper shipper_{files_, clock_, transport_, config(), 1};
  std::string bound_;

  static Config config() {
    Config config;
    config.host = "web1";
    config.spool_folder = "/spool";
    config.commit_folder = "/commit";
    config.state_folder = "/state";
    return config;
  }
};

template <size_t kSize>
void expand(std::string& field, const std::array<uint8_t, kSize>& whole) {
  field = as_text(whole);
}

void expand(v1::ShipResponse& response) {
  const auto log = [](std::string& id) {
    if (id.size() == 1) id = std::string(16, id[0]);
  };
  const auto stream = [](std::string& id) {
    if (id.size() == 1) id = as_text(id_of(static_cast<uint8_t>(id[0]) % kEventClasses));
  };
  const auto chain = [](std::string& value) {
    const auto& chains = sample().chains;
    if (value.size() == 1) value = as_text(chains[static_cast<uint8_t>(value[0]) % chains.size()]);
  };
  if (response.has_resume()) {
    log(*response.mutable_resume()->mutable_log_id());
    for (v1::StreamResume& of : *response.mutable_resume()->mutable_streams()) {
      stream(*of.mutable_stream());
      chain(*of.mutable_chain());
    }
  }
  if (response.has_commit()) {
    v1::CommitPoint& commit = *response.mutable_commit();
    log(*commit.mutable_log_id());
    log(*commit.mutable_machine_id());
    stream(*commit.mutable_stream());
    chain(*commit.mutable_chain());
  }
}

// Of the same log, as it is when it lost its disk.
void expect_all(Host& host) {
  v1::ShipResponse resume;
  resume.mutable_resume()->set_log_id(host.log_id());
  host.connected()->open = false;
  host.step();
  std::shared_ptr<Wire> answered;
  for (int i = 0; i < 60; ++i) {
    const std::shared_ptr<Wire> wire = host.connected();
    if (wire != std::exchange(answered, wire)) wire->answers = {resume};
    host.step();
    if (wire->next_block == sample().blocks.size()) return;
  }
  must(false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Host host;
  while (size >= 2) {
    const size_t length = static_cast<size_t>(data[0]) | static_cast<size_t>(data[1]) << 8;
    data += 2;
    size -= 2;
    const std::shared_ptr<Wire> wire = host.connected();
    if (length == 0) wire->open = false;
    const size_t bytes = std::min(length, size);
    v1::ShipResponse response;
    if (bytes > 0 && response.ParseFromArray(data, static_cast<int>(bytes))) {
      expand(response);
      wire->answers.push_back(response);
    }
    data += bytes;
    size -= bytes;
    host.step();
  }
  expect_all(host);
  return 0;
}
