// spoor-bench-index [SEALS [ROWS]]: what the index on disk costs: events of a fleet
// (fleet_events.h), ROWS to a seal, and one session that has some in every seal: a line a figure,
// `NAME VALUE UNIT`. In CPU time of the thread, but for what is called wall.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "collector/follow/decoder.h"
#include "collector/index/block_index.h"
#include "collector/language/parser.h"
#include "tests/bench/bench_time.h"
#include "tests/bench/fleet_events.h"
#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

constexpr size_t kFramesAtOnce = 64;
constexpr size_t kOfTheSession = 200;  // one of so many events is the long session's
constexpr int kTurns = 9;

void tell(const char* what, double value, const char* unit) {
  std::printf("%s %.9g %s\n", what, value, unit);
}

double wall_seconds(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The least of some turns.
void tell_least(const std::string& what, const auto& work) {
  double least = 1e9, least_wall = 1e9;
  for (int i = 0; i < kTurns; ++i) {
    double cpu = 0;
    least_wall = std::min(least_wall, wall_seconds([&] { cpu = seconds(work); }));
    least = std::min(least, cpu);
  }
  tell((what + "_ms").c_str(), 1e3 * least, "ms");
  tell((what + "_wall_ms").c_str(), 1e3 * least_wall, "ms");
}

class Bench {
 public:
  explicit Bench(size_t tail_rows) : tail_rows_(tail_rows) {}
  void run(size_t seals);

 private:
  void open() {
    index_.reset();
    index_ = BlockIndex::open(files_, path_, LogName(), {tail_rows_, kBlockReadersBytesMax})
                 .value();
  }
  std::vector<LogEntry> frames();
  std::vector<IndexedEvent> batch(const std::vector<LogEntry>& frames);
  void ask();
  void search(const std::string& what, const char* text);

  const size_t tail_rows_;
  TempFolder folder_;
  const std::string path_ = folder_ / "index";
  PosixFiles files_;
  FleetEvents fleets_[3] = {FleetEvents(EventClass::command), FleetEvents(EventClass::activity),
                            FleetEvents(EventClass::access)};
  Decoder decoder_;
  std::unique_ptr<BlockIndex> index_;
  const SessionKey long_{"web0.example.org", {7}};
  uint64_t events_ = 0, order_ = 0;
  double decode_s_ = 0;
};

// Four frames of commands, two of activity, one of access.
std::vector<LogEntry> Bench::frames() {
  std::vector<LogEntry> out;
  for (size_t i = 0; i < kFramesAtOnce; ++i)
    out.push_back(fleets_[i % 7 < 4 ? 0 : i % 7 < 6 ? 1 : 2].frame());
  return out;
}

std::vector<IndexedEvent> Bench::batch(const std::vector<LogEntry>& frames) {
  std::vector<IndexedEvent> out;
  decode_s_ += seconds([&] {
    for (const LogEntry& frame : frames) decoder_.decode(frame, out);
  });
  for (IndexedEvent& event : out) {
    if (++events_ % kOfTheSession != 0) continue;
    auto of_the_session = std::make_shared<v1::Event>(*event.event);
    of_the_session->set_session_uid(std::string(as_text(long_.session_uid)));
    of_the_session->set_order(++order_);
    event.agent = long_.agent;
    event.event = std::move(of_the_session);
    event.wire = {};
  }
  return out;
}

void Bench::run(size_t seals) {
  open();
  double apply_s = 0, seal_s = 0, seal_wall_s = 0;
  uint64_t at = 0;
  for (size_t sealed = 0; sealed < seals; ++sealed) {
    for (size_t rows = 0; rows < tail_rows_;) {
      std::vector<IndexedEvent> events = batch(frames());
      apply_s += seconds([&] { CHECK(index_->apply(events, {at}, {at + 1}).is_ok()); });
      ++at;
      rows += events.size();
      decode_s_ += seconds([&] { events.clear(); });
    }
    seal_wall_s += wall_seconds([&] {
      seal_s += seconds([&] { CHECK(index_->seal().is_ok()); });
    });
  }
  const auto events = static_cast<double>(events_);
  const auto all_seals = static_cast<double>(seals);
  tell("events", events, "events");
  tell("events_per_s", events / (decode_s_ + apply_s + seal_s), "events/s");
  tell("decode_us", 1e6 * decode_s_ / events, "us");
  tell("apply_us", 1e6 * apply_s / events, "us");
  tell("seal_us", 1e6 * seal_s / events, "us");
  tell("seal_wall_ms", 1e3 * seal_wall_s / all_seals, "ms");
  index_.reset();
  double blocks = 0;
  for (const auto& file : std::filesystem::directory_iterator(path_ + "/blocks"))
    blocks += static_cast<double>(file.file_size());
  tell("block_bytes_per_event", blocks / events, "B");
  tell("catalogue_bytes_per_event",
       static_cast<double>(std::filesystem::file_size(path_ + "/index.db")) / events, "B");
  tell_least("open", [&] { open(); });
  ask();
}

void Bench::ask() {
  const std::vector<SessionSummary> first = index_->sessions({}, 64).value();
  const Index::After after{first.back().row.first_ns, first.back().row.key};
  tell_least("sessions_64", [&] { CHECK(index_->sessions(after, 64).value().size() == 64); });
  size_t most = 0;
  tell_least("trail", [&] { most = index_->session_events(long_).value().events.size(); });
  CHECK(most == events_ / kOfTheSession);
  tell("trail_events", static_cast<double>(most), "events");
  tell_least("short_trail",
             [&] { CHECK(!index_->session_events(first.front().row.key).value().events.empty()); });
  search("search_page", "");
  search("search_failed", "exit:!=0");
  search("search_rare", "cmd:nowhere exit:!=0");
}

// The first page.
void Bench::search(const std::string& what, const char* text) {
  const Query query = parse_query(text, {0, absl::UTCTimeZone()}).value();
  size_t found = 0;
  tell_least(what, [&] {
    const Newest wanted{.rows = 50, .before = {}};
    found = index_->search(query, wanted, {}, [] { return false; }).value().units.size();
  });
  tell((what + "_found").c_str(), static_cast<double>(found), "units");
}

}  // namespace
}  // namespace spoor::collector

int main(int argc, char** argv) {
  const size_t seals = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 50;
  const size_t rows = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 16'384;
  spoor::collector::Bench(rows).run(seals);
  return 0;
}
