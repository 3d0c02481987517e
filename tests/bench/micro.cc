// spoor-bench-micro LOG [Google Benchmark's options]: what each stage costs by itself, over the
// records of a generated log. The unit of work of each is one record, one event or one frame.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <vector>

#include "agent/correlate/reassembler.h"
#include "agent/decode/audit_record.h"
#include "agent/encode/event_proto.h"
#include "agent/pipeline.h"
#include "common/frame/reader.h"
#include "common/frame/writer.h"
#include "common/sha256.h"
#include "proto/json.h"
#include "spoor/v1/event.pb.h"
#include "tests/bench/log_records.h"

namespace spoor::agent {
namespace {

constexpr Instant kNow{1'795'300'000 * kNsPerSecond, kNsPerSecond};

// Serialized events and their text, as the encoder hands them to a frame.
struct EncodedEvents {
  explicit EncodedEvents(const LogRecords& records) {
    EventProto proto(Host{});
    Pipeline pipeline(Host{}, std::nullopt, [&](const Fact& fact, Instant) {
      fields.emplace_back(proto.event(fact));
      texts.emplace_back(proto.text(fact));
      CHECK(events.emplace_back().ParseFromString(fields.back()));
    });
    for (const Datagram& record : records.all()) pipeline.on_record(record, kNow);
    pipeline.close(kNow);
  }
  std::vector<std::string> fields, texts;
  std::vector<v1::Event> events;
};

SealedFrame seal(const EncodedEvents& encoded, size_t events) {
  FrameWriter writer;
  for (size_t i = 0; i < events; ++i) {
    const size_t at = i % encoded.fields.size();
    writer.add(encoded.fields[at], encoded.texts[at], i + 1, kNow.realtime_ns, 8);
  }
  FrameWriter::Place place;
  place.event_class = EventClass::command;
  place.stream.fill(1);
  place.epoch = 1;
  place.epoch_nonce.fill(2);
  return writer.seal(place);
}

void count(benchmark::State& state, size_t items) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * items));
}

void decode_reassemble(benchmark::State& state, const LogRecords& records) {
  for (auto _ : state) {
    uint64_t closed = 0;
    Reassembler reassembler([&](AuditEvent&) { ++closed; }, [](EventKey) {});
    for (const Datagram& record : records.all()) {
      const auto key = decode_header(record.text, nullptr);
      AuditEvent& event = reassembler.event_for(*key, kNow);
      decode_record(record, *key, event);
      reassembler.record_added(event, kNow);
    }
    benchmark::DoNotOptimize(closed);
  }
  count(state, records.all().size());
}

void decode_reassemble_correlate(benchmark::State& state, const LogRecords& records) {
  for (auto _ : state) {
    uint64_t facts = 0;
    Pipeline pipeline(Host{}, std::nullopt, [&](const Fact&, Instant) { ++facts; });
    for (const Datagram& record : records.all()) pipeline.on_record(record, kNow);
    benchmark::DoNotOptimize(facts);
  }
  count(state, records.all().size());
}

// All of the above, and encode, hash and compress.
void all_stages(benchmark::State& state, const LogRecords& records) {
  for (auto _ : state) {
    uint64_t bytes = 0;
    Pipeline pipeline(Host{}, WriterPlace{}, std::nullopt,
                      [&](PipelineFrame&& frame) { bytes += frame.frame.block.size(); });
    for (const Datagram& record : records.all()) pipeline.on_record(record, kNow);
    pipeline.close(kNow);
    benchmark::DoNotOptimize(bytes);
  }
  count(state, records.all().size());
}

void json(benchmark::State& state, const EncodedEvents& encoded) {
  JsonWriter writer;
  std::string line;
  for (auto _ : state) {
    for (const v1::Event& event : encoded.events) {
      line.clear();
      writer.append(event, line);
      benchmark::DoNotOptimize(line.data());
    }
  }
  count(state, encoded.events.size());
}

// The events of one frame, an item each.
void seal_frame(benchmark::State& state, const EncodedEvents& encoded, size_t events) {
  for (auto _ : state) benchmark::DoNotOptimize(seal(encoded, events));
  count(state, events);
}

void open_frame(benchmark::State& state, const EncodedEvents& encoded, size_t events) {
  const SealedFrame frame = seal(encoded, events);
  for (auto _ : state) {
    auto block = OpenBlock::open(as_bytes(frame.block));
    CHECK(block.is_ok());
    benchmark::DoNotOptimize(block);
  }
  count(state, events);
}

void hash_leaf(benchmark::State& state, size_t bytes) {
  const std::string leaf(bytes, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(sha256(as_bytes(leaf)));
  count(state, 1);
}

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "spoor-bench-micro LOG\n");
    return 2;
  }
  const LogRecords records(argv[1]);
  const EncodedEvents encoded(records);
  const auto add = [](const char* name, auto function, const auto&... arguments) {
    benchmark::RegisterBenchmark(
        name, [=, &arguments...](benchmark::State& state) { function(state, arguments...); });
  };
  const size_t one = 1, many = 300, short_leaf = 200, long_leaf = 2000;
  add("decode_reassemble_us_per_record", decode_reassemble, records);
  add("decode_reassemble_correlate_us_per_record", decode_reassemble_correlate, records);
  add("all_stages_us_per_record", all_stages, records);
  add("json_us_per_event", json, encoded);
  add("seal_1_us_per_event", seal_frame, encoded, one);
  add("seal_300_us_per_event", seal_frame, encoded, many);
  add("open_300_us_per_event", open_frame, encoded, many);
  add("sha256_200_bytes_us", hash_leaf, short_leaf);
  add("sha256_2000_bytes_us", hash_leaf, long_leaf);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace spoor::agent

int main(int argc, char** argv) { return spoor::agent::main(argc, argv); }
