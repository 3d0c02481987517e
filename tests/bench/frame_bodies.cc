#include "tests/bench/frame_bodies.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "agent/pipeline.h"
#include "agent/playback.h"
#include "common/crc32c.h"
#include "common/files.h"
#include "common/frame/block.h"
#include "common/frame/reader.h"

namespace spoor::bench {
namespace {

constexpr uint64_t kSeed = 20'261'122;
constexpr int64_t kTimeNs = 1'795'300'000 * kNsPerSecond;
// One of the recordings runs a command with the longest argument there can be.
constexpr size_t kEventBytesMaxHere = 16u << 10;
constexpr size_t kMarksMax = 64;
constexpr size_t kHeadSize = kBlockHeaderSize + kFrameHeadSize;
constexpr size_t kCrcOffset = 8;

struct RecordedEvent {
  std::string fields, text;
};

std::vector<RecordedEvent> events_of(const std::string& recording) {
  std::vector<RecordedEvent> out;
  agent::Host host;
  host.name = "web1";
  host.machine_id.fill(0x11);
  host.boot_id.fill(0x22);
  const auto take = [&](agent::PipelineFrame&& frame) {
    const auto block = OpenBlock::open(as_bytes(frame.frame.block));
    CHECK(block.is_ok());
    for (const FrameEntry& entry : block->frames()[0].entries)
      out.push_back({std::string(*entry.fields), std::string(*entry.text)});
  };
  agent::Pipeline pipeline(host, agent::WriterPlace{}, std::nullopt, take);
  agent::play(recording, pipeline);
  return out;
}

// All events of all recordings but the huge ones, in the order of the files' names.
std::vector<RecordedEvent> recorded_events(const std::string& folder) {
  PosixFiles files;
  auto names = files.list(folder);
  CHECK(names.is_ok());
  std::vector<RecordedEvent> out;
  for (const std::string& name : *names) {
    if (!name.ends_with(".rec")) continue;
    const auto text = read_file(files, folder + "/" + name, 64u << 20);
    CHECK(text.is_ok());
    for (RecordedEvent& event : events_of(*text)) {
      if (event.fields.size() + event.text.size() <= kEventBytesMaxHere)
        out.push_back(std::move(event));
    }
  }
  CHECK(!out.empty());
  return out;
}

}  // namespace

FrameBodies::FrameBodies(const std::string& folder, size_t count, size_t events) {
  const std::vector<RecordedEvent> recorded = recorded_events(folder);
  std::mt19937_64 random(kSeed);
  SectionPacker packer;
  for (size_t i = 0; i < count; ++i) {
    FrameWriter writer;
    size_t text_bytes = 0;
    while (writer.entries() < events && writer.bytes() < kFrameBytesTarget) {
      const RecordedEvent& event = recorded[random() % recorded.size()];
      text_bytes += event.text.size();
      writer.add(event.fields, event.text, writer.entries() + 1, kTimeNs, 4);
    }
    FrameBody& body = bodies_.emplace_back();
    body.events = writer.entries();
    body.text_bytes = text_bytes;
    FrameWriter::Place place;
    place.event_class = EventClass::command;
    place.stream.fill(1);
    place.epoch = 1;
    place.epoch_nonce.fill(1);
    body.salt.fill(static_cast<uint8_t>(i % 255 + 1));
    place.salt = body.salt;
    body.frame = writer.seal(place, packer);
  }
}

FrameStream::FrameStream(const FrameBodies& bodies, uint64_t seed)
    : bodies_(&bodies), seed_(seed) {
  std::mt19937_64 random(seed + kSeed);
  for (Id* id : {&id_, &nonce_}) {
    for (size_t i = 0; i < id->size(); i += 8) store_le<uint64_t>(id->data() + i, random());
  }
}

FrameStream::Block FrameStream::next() {
  const FrameBody& body = bodies_->at(seed_ + frame_);
  FrameHeader header = body.frame.header;
  header.stream = id_;
  header.epoch_nonce = nonce_;
  header.epoch = 1;
  header.first_sequence = sequence_ + 1;
  header.last_sequence = sequence_ + body.events;
  header.first_order = sequence_ + 1;
  header.last_order = sequence_ + body.events;
  header.previous_epoch = sequence_ == 0 ? 0 : 1;
  header.previous_sequence = sequence_;
  const Hash chain = chain_value(chain_, header);

  Block out;
  out.body = std::string_view(body.frame.block).substr(kHeadSize);
  out.events = body.events;
  out.last_sequence = header.last_sequence;
  out.head = body.frame.block.substr(0, kBlockHeaderSize);
  out.head += as_text(chain_);
  out.head += encode_header(header);
  out.head += as_text(chain);
  out.head += as_text(body.salt);
  CHECK(out.head.size() == kHeadSize);
  const ByteView head = as_bytes(out.head);
  const uint32_t crc =
      crc32c(as_bytes(out.body), crc32c(head.subspan(kCrcOffset + 4)));
  store_le(reinterpret_cast<uint8_t*>(out.head.data()) + kCrcOffset, crc);

  chain_ = chain;
  sequence_ = header.last_sequence;
  ++frame_;
  if (marks_.size() >= kMarksMax) marks_.erase(marks_.begin(), marks_.begin() + kMarksMax / 2);
  marks_.push_back({frame_, sequence_, chain_});
  return out;
}

bool FrameStream::rewind(uint64_t sequence, const Hash& chain) {
  Mark mark;
  if (sequence > 0) {
    const auto found = std::find_if(marks_.begin(), marks_.end(), [&](const Mark& m) {
      return m.sequence == sequence && m.chain == chain;
    });
    if (found == marks_.end()) return false;
    mark = *found;
  }
  frame_ = mark.frame;
  sequence_ = mark.sequence;
  chain_ = mark.chain;
  return true;
}

}  // namespace spoor::bench
