// Holds the bytes of the frame format still. Each *.hex beside this file is one block: its bytes in
// hex with comments, and in `#>` lines what a reader must make of them. The sections are not
// compressed, so that another zstd does not change them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>

#include "common/files.h"
#include "common/frame/block.h"
#include "common/frame/repack.h"
#include "common/sha256.h"
#include "tests/support/sample_frames.h"

namespace spoor {
namespace {

constexpr const char* kKinds[] = {"", "data", "tombstone", "checkpoint"};

// ------------------------------------------------------------------ the blocks

std::vector<SampleEvent> three_commands() {
  return {{"sshd accepted", "type=USER_LOGIN msg=audit(1700000000.100:41):", 7, 100, 1},
          {"id -un", "type=SYSCALL msg=audit(1700000000.120:42):", 8, 120, 5},
          {std::string("\x00\xff\n", 3), "type=EOE msg=audit(1700000000.119:43):", 11, 119, 2}};
}

FrameWriter::Place tombstone_place() {
  const FrameWriter::Place first = sample_place();
  FrameWriter::Place place = place_after(first, seal_events(three_commands(), first));
  place.last_sequence = 900;
  return place;
}

std::string one_event() { return seal_events({three_commands()[1]}, sample_place()).block; }
std::string several_events() { return seal_events(three_commands(), sample_place()).block; }
std::string empty_text() {
  return seal_events({{"process ended", "", 9, 130, 0}}, sample_place()).block;
}
std::string tombstone() {
  const Tombstone said = {Tombstone::Cause::spool_full, 897, sha256(as_bytes("chain at 900"))};
  return FrameWriter::seal_tombstone(tombstone_place(), said, {12, 5000, 121, 90'000, 3000}).block;
}
std::string checkpoint() {
  FrameWriter writer(FrameKind::checkpoint);
  writer.add("signature", "", 0, 140, 0);
  FrameWriter::Place place = tombstone_place();
  place.last_sequence = place.first_sequence - 1;
  return writer.seal(place).block;
}
std::string new_epoch() {
  FrameWriter::Place place = tombstone_place();
  place.epoch = 5;
  place.epoch_nonce = sample_id(0x70);
  place.first_sequence = 1;
  return seal_events({{"started again", "", 1, 200, 0}}, place).block;
}
std::string repacked() {
  const FrameWriter::Place first = sample_place();
  const SealedFrame a = seal_events(three_commands(), first);
  const SealedFrame b = seal_events({three_commands()[0]}, sample_place(EventClass::access));
  const SealedFrame c = seal_events({{"last", "its text", 12, 150, 1}}, place_after(first, a));
  return repack(std::vector<ByteView>{as_bytes(a.block), as_bytes(b.block), as_bytes(c.block)}, 0)
      .value();
}
std::string text_retired() { return retire_text(as_bytes(several_events())).value(); }
std::string event_erased() { return erase_event(as_bytes(several_events()), 0, 1).value(); }
std::string erased_and_retired() { return retire_text(as_bytes(event_erased())).value(); }

struct Golden {
  const char* title;
  std::function<std::string()> make;
};
const std::map<std::string, Golden>& goldens() {
  static const std::map<std::string, Golden> all = {
      {"one_event", {"A frame of one event.", one_event}},
      {"several_events", {"A frame of three events.", several_events}},
      {"empty_text", {"An event without text: its leaf is that of no bytes.", empty_text}},
      {"tombstone", {"Sequences 4 to 900 were evicted.", tombstone}},
      {"checkpoint", {"A checkpoint after sequence 3: it takes no sequence.", checkpoint}},
      {"new_epoch", {"The first frame of epoch 5 names the last one of epoch 3.", new_epoch}},
      {"repacked", {"Three frames of two streams in one block.", repacked}},
      {"text_retired", {"several_events without its text; the same chain value.", text_retired}},
      {"event_erased", {"several_events without event 1; the same chain value.", event_erased}},
      {"erased_and_retired", {"several_events after both.", erased_and_retired}},
  };
  return all;
}

// ------------------------------------------------------------------ what a block says

std::string quoted(const std::optional<std::string_view>& bytes) {
  if (!bytes.has_value()) return "gone";
  std::string out = "\"";
  for (const char c : *bytes) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
      out += c;
    } else {
      out += "\\x" + to_hex(ByteView(reinterpret_cast<const uint8_t*>(&c), 1));
    }
  }
  return out + "\"";
}

std::string range(auto first, auto last) {
  return std::to_string(first) + ".." + std::to_string(last);
}

std::string meaning(const OpenBlock& block) {
  std::string out;
  for (const Frame& frame : block.frames()) {
    const FrameHeader& h = frame.head.header;
    out += std::string("frame ") + kKinds[static_cast<size_t>(h.kind)] + " " +
           event_class_name(h.event_class) + ", stream " + to_hex(h.stream) + "\n  epoch " +
           std::to_string(h.epoch) + ", sequences " + range(h.first_sequence, h.last_sequence) +
           ", order " + range(h.first_order, h.last_order) + ", time " +
           range(h.time_min_ns, h.time_max_ns) + ", records " + std::to_string(h.records) +
           "\n  follows " + std::to_string(h.previous_epoch) + "/" +
           std::to_string(h.previous_sequence) + " " + to_hex(frame.head.previous_chain) +
           "\n  chain " + to_hex(frame.head.chain) + "\n";
    for (const FrameEntry& entry : frame.entries) {
      out += "  entry fields " + quoted(entry.fields) + " text " + quoted(entry.text) + "\n";
    }
  }
  return out;
}

// ------------------------------------------------------------------ the files

// Takes `size` bytes off the front of `block` and writes them as hex, 32 a line, after a comment.
void dump(std::string& out, std::string_view& block, size_t size, const std::string& comment) {
  out += "# " + comment + "\n";
  for (size_t i = 0; i < size; i += 32) {
    out += to_hex(as_bytes(block.substr(i, std::min<size_t>(32, size - i)))) + "\n";
  }
  block.remove_prefix(size);
}

std::string to_file(const std::string& title, const std::string& block) {
  std::string out = "# " + title + "\n";
  const OpenBlock open = OpenBlock::open(as_bytes(block)).value();
  std::istringstream lines(meaning(open));
  for (std::string line; std::getline(lines, line);) out += "#> " + line + "\n";
  out += "\n";
  const BlockParts parts = split_block(as_bytes(block)).value();
  std::string_view left = block;
  dump(out, left, 12, "block: magic, length, CRC-32C");
  dump(out, left, 4, "frames, codec of fields, codec of text");
  dump(out, left, 16, "fields packed and raw, text packed and raw");
  for (size_t i = 0; i < parts.heads.size(); ++i) {
    const std::string frame = "frame " + std::to_string(i) + ": ";
    dump(out, left, 32, frame + "previous chain");
    dump(out, left, 24, frame + "header: magic, versions, kind, class, 0, entries, records, 0");
    dump(out, left, 40, frame + "header: stream, epoch, epoch nonce");
    dump(out, left, 32, frame + "header: sequences, orders");
    dump(out, left, 32, frame + "header: times, previous epoch and sequence");
    dump(out, left, 64, frame + "header: roots of fields and text");
    dump(out, left, 40, frame + "header: reserved");
    dump(out, left, 32, frame + "chain");
    dump(out, left, 16, frame + "salt");
  }
  dump(out, left, parts.fields.bytes.size(), "fields: entries, each a tag, a salt or leaf, bytes");
  dump(out, left, parts.text.bytes.size(), "text");
  return out;
}

struct Parsed {
  std::string block;
  std::string meaning;
};
Parsed from_file(const std::string& content) {
  Parsed out;
  std::string hex;
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#> ")) {
      out.meaning += line.substr(3) + "\n";
    } else if (!line.starts_with("#")) {
      hex += line;
    }
  }
  const Result<std::string> bytes = from_hex(hex);
  EXPECT_TRUE(bytes.is_ok()) << bytes.status().message();
  if (bytes.is_ok()) out.block = *bytes;
  return out;
}

std::string path_of(const std::string& name) {
  return std::string(SPOOR_GOLDEN_FOLDER) + "/" + name + ".hex";
}

// The fuzz target starts from the same blocks and from compressed ones.
void write_corpus(Files& files, const std::string& name, const std::string& block) {
  const std::string path = std::string(SPOOR_FUZZ_CORPUS) + "/" + name;
  ASSERT_TRUE(write_file(files, path, block).is_ok());
}

TEST(GoldenFrames, DecodeToWhatTheySayAndEncodeToTheSameBytes) {
  PosixFiles files;
  for (const auto& [name, golden] : goldens()) {
    const std::string made = golden.make();
    if (std::getenv("SPOOR_WRITE_GOLDEN") != nullptr) {
      ASSERT_TRUE(write_file(files, path_of(name), to_file(golden.title, made)).is_ok());
      write_corpus(files, name, made);
      write_corpus(files, "packed_" + name,
                   repack(std::vector<ByteView>(4, as_bytes(made)), 3).value());
    }
    const Result<std::string> content = read_file(files, path_of(name), 1 << 20);
    ASSERT_TRUE(content.is_ok()) << content.status().message();
    const Parsed parsed = from_file(*content);
    const Result<OpenBlock> open = OpenBlock::open(as_bytes(parsed.block));
    ASSERT_TRUE(open.is_ok()) << name << ": " << open.status().message();
    EXPECT_EQ(meaning(*open), parsed.meaning) << name;
    EXPECT_EQ(to_hex(as_bytes(made)), to_hex(as_bytes(parsed.block))) << name;
  }
}

TEST(GoldenFrames, EveryFileIsHeld) {
  PosixFiles files;
  const std::vector<std::string> names = files.list(SPOOR_GOLDEN_FOLDER).value();
  size_t held = 0;
  for (const std::string& name : names) {
    if (!name.ends_with(".hex")) continue;
    EXPECT_TRUE(goldens().contains(name.substr(0, name.size() - 4))) << name;
    ++held;
  }
  EXPECT_EQ(held, goldens().size());
}

}  // namespace
}  // namespace spoor
