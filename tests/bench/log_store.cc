// spoor-bench-log RECORDS FOLDER [MB [HOSTS]]: what the collector's log takes on disk, before it is
// sealed and after, what sealing costs, and how long a start takes in both cases. RECORDS is a
// generated log (generated_log.py), whose events are dealt out to hosts in frames of 1 to 50, until
// the log has so many MB. A line a figure, `NAME VALUE UNIT`; bytes are per command, which is its
// start and its end.
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "agent/encode/event_proto.h"
#include "agent/pipeline.h"
#include "collector/log/log_keeper.h"
#include "common/frame/block.h"
#include "common/frame/writer.h"
#include "tests/bench/bench_time.h"
#include "spoor/v1/event.pb.h"
#include "tests/bench/log_records.h"

namespace spoor::collector {
namespace {

constexpr Instant kNow{1'795'300'000 * kNsPerSecond, 1'000 * kNsPerSecond};
constexpr size_t kFrameEvents = 50;
constexpr uint64_t kSegmentBytes = 64u << 20;
constexpr int kStarts = 5;

void tell(const char* what, double value, const char* unit) {
  std::printf("%s %.9g %s\n", what, value, unit);
}

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

struct HostEvent {
  std::string fields, text;
  bool is_start = false;
};

std::vector<HostEvent> events_of(const std::string& path) {
  const agent::LogRecords records(path);
  std::vector<HostEvent> out;
  agent::EventProto proto(agent::Host{});
  agent::Pipeline pipeline(agent::Host{}, std::nullopt, [&](const agent::Fact& fact, Instant) {
    HostEvent event{std::string(proto.event(fact)), std::string(proto.text(fact)), false};
    v1::Event parsed;
    CHECK(parsed.ParseFromString(event.fields));
    event.is_start = parsed.has_command_started();
    out.push_back(std::move(event));
  });
  for (const agent::Datagram& record : records.all()) pipeline.on_record(record, kNow);
  pipeline.close(kNow);
  return out;
}

// Whose frames follow one another.
struct Sender {
  FrameWriter::Place place;
  uint64_t sequence = 0;
};

class Bench {
 public:
  Bench(const std::string& records, std::string folder, size_t hosts);
  void run(uint64_t bytes);

 private:
  NewEntry frame();
  void open();
  void tell_start(const char* what);
  void seal();
  void tell_sizes();

  std::vector<HostEvent> events_;
  const std::string folder_;
  std::mt19937_64 random_{11};
  std::vector<Sender> hosts_;
  PosixFiles files_;
  std::unique_ptr<Log> log_;
  size_t next_ = 0;  // of the events
  int64_t now_ns_ = kNow.realtime_ns;
  uint64_t commands_ = 0, sent_ = 0;  // events
  double commands_per_event_ = 0;
};

Bench::Bench(const std::string& records, std::string folder, size_t hosts)
    : events_(events_of(records)), folder_(std::move(folder)), hosts_(hosts) {
  for (Sender& host : hosts_) {
    host.place.event_class = EventClass::command;
    host.place.epoch = 1;
    for (Id* id : {&host.place.stream, &host.place.epoch_nonce})
      for (uint8_t& byte : *id) byte = static_cast<uint8_t>(random_());
  }
}

NewEntry Bench::frame() {
  const size_t which = random_() % hosts_.size();
  Sender& host = hosts_[which];
  FrameWriter writer;
  host.place.first_sequence = host.sequence + 1;
  for (uint64_t left = 1 + random_() % kFrameEvents; left > 0; --left) {
    const HostEvent& event = events_[next_++ % events_.size()];
    commands_ += event.is_start;
    ++sent_;
    writer.add(event.fields, event.text, host.sequence + writer.entries() + 1, now_ns_, 4);
  }
  for (uint8_t& byte : host.place.salt.emplace()) byte = static_cast<uint8_t>(random_());
  SealedFrame sealed = writer.seal(host.place);
  host.sequence = sealed.header.last_sequence;
  host.place.previous = {1, host.sequence, sealed.chain};
  now_ns_ += 250'000;
  NewEntry out;
  out.agent = "web" + std::to_string(which) + ".example.org";
  out.received_ns = now_ns_;
  out.head = {host.place.stream, EventClass::command, 1, host.place.epoch_nonce, host.sequence,
              sealed.chain};
  out.block = std::move(sealed.block);
  return out;
}

void Bench::open() {
  log_.reset();
  log_ = std::move(Log::open(files_, folder_, kSegmentBytes)).value();
}

void Bench::tell_start(const char* what) {
  double least = 1e9;
  for (int i = 0; i < kStarts; ++i) least = std::min(least, seconds([&] { open(); }));
  tell(what, 1e3 * least, "ms");
}

void Bench::run(uint64_t bytes) {
  open();
  while (log_->bytes() < bytes) {
    std::vector<NewEntry> entries;
    for (int i = 0; i < 256; ++i) entries.push_back(frame());
    CHECK(log_->append(entries).is_ok() && log_->sync().is_ok());
  }
  const auto plain = static_cast<double>(log_->bytes());
  commands_per_event_ = static_cast<double>(commands_) / static_cast<double>(sent_);
  events_.clear();
  ::malloc_trim(0);
  tell("commands", static_cast<double>(commands_), "commands");
  tell("plain_mb", plain / 1e6, "MB");
  tell("plain_bytes_per_command", plain / static_cast<double>(commands_), "B");
  tell_start("start_plain_ms");
  seal();
  tell_start("start_sealed_ms");
  tell_sizes();
}

void Bench::seal() {
  const double before_mb = resident_mb();
  double most_mb = before_mb, read = 0, s = 0;
  LogKeeper keeper(*log_);
  bool is_sealed = true;
  while (is_sealed) {
    s += seconds([&] {
      is_sealed = keeper.step([&](uint64_t bytes) {
        read += static_cast<double>(bytes);
        most_mb = std::max(most_mb, resident_mb());
        return ok();
      }).value();
    });
  }
  tell("seal_mb_per_s", read / 1e6 / s, "MB/s");
  tell("seal_memory_mb", most_mb - before_mb, "MB");
}

// Of what is sealed, by what it is; the last segment is not.
void Bench::tell_sizes() {
  double fields = 0, text = 0, all = 0, events = 0;
  const std::string of_class = folder_ + "/command";
  const std::vector<std::string> names = files_.list(of_class).value();
  for (const std::string& name : names) {
    if (!name.ends_with(".sealed")) continue;
    const std::string path = of_class + "/" + name;
    const auto sealed = SealedSegment::open(files_.open_read(path).value(), EventClass::command);
    CHECK(sealed.is_ok());
    const std::string bytes = read_file(files_, path, kSegmentBytes).value();
    all += static_cast<double>(bytes.size());
    events += static_cast<double>(sealed->index().events);
    for (size_t g = 0; g < sealed->index().groups.size(); ++g) {
      size_t at = sealed->index().groups[g].offset;
      const SealedSegment::Group group = sealed->open_group(g).value();
      for (const SealedTable::Block& block : group.table().blocks) {
        const BlockParts parts = split_block(as_bytes(bytes).subspan(at, block.size)).value();
        fields += static_cast<double>(parts.fields.bytes.size());
        text += static_cast<double>(parts.text.bytes.size());
        at += block.size;
      }
    }
  }
  const double commands = events * commands_per_event_;
  tell("sealed_bytes_per_command", all / commands, "B");
  tell("text_bytes_per_command", text / commands, "B");
  tell("fields_bytes_per_command", fields / commands, "B");
  tell("headers_bytes_per_command", (all - text - fields) / commands, "B");
}

}  // namespace
}  // namespace spoor::collector

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: spoor-bench-log RECORDS FOLDER [MB [HOSTS]]\n", stderr);
    return 2;
  }
  const uint64_t mb = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 200;
  const size_t hosts = argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 200;
  spoor::collector::Bench(argv[1], argv[2], hosts).run(mb * 1'000'000);
  return 0;
}
