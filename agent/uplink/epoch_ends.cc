// The file: a line an epoch, `<class> <stream> <epoch> <nonce> <last sequence> <chain>`.
#include "agent/uplink/epoch_ends.h"

#include <algorithm>
#include <charconv>

namespace spoor::uplink {
namespace {

// The next word of a line; empty at its end.
std::string_view take_word(std::string_view& line) {
  const size_t space = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(std::min(space + 1, line.size()));
  return word;
}

bool take_number(std::string_view& line, uint64_t& number) {
  const std::string_view word = take_word(line);
  const char* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

template <size_t kSize>
bool take_array(std::string_view& line, std::array<uint8_t, kSize>& array) {
  const auto parsed = array_from_hex<kSize>(take_word(line));
  if (!parsed.is_ok()) return false;
  array = *parsed;
  return true;
}

}  // namespace

EpochEnds::End& EpochEnds::end_of(Lane& lane, uint64_t epoch) {
  std::vector<End>& ends = lane.ends;
  auto at = std::lower_bound(ends.begin(), ends.end(), epoch,
                             [](const End& end, uint64_t e) { return end.epoch < e; });
  if (at == ends.end() || at->epoch != epoch) {
    End fresh;
    fresh.epoch = epoch;
    at = ends.insert(at, fresh);
    if (ends.size() > kEpochsMax) {
      // One that is older than all others takes the place of the oldest.
      const auto index = at - ends.begin();
      ends.erase(index == 0 ? ends.begin() + 1 : ends.begin());
      at = ends.begin() + std::max<ptrdiff_t>(index - 1, 0);
    }
  }
  return *at;
}

void EpochEnds::saw(EventClass c, const FrameHead& frame) {
  const FrameHeader& header = frame.header;
  Lane& lane = lanes_[static_cast<size_t>(c) - 1];
  if (lane.stream != header.stream) lane = {header.stream, {}};
  if (header.epoch_nonce != Id{}) {
    End& own = end_of(lane, header.epoch);
    news_ = news_ || own.nonce != header.epoch_nonce;
    own.nonce = header.epoch_nonce;
  }
  if (header.previous_epoch == 0 || header.previous_epoch >= header.epoch) return;
  End& before = end_of(lane, header.previous_epoch);
  const bool known =
      before.sequence == header.previous_sequence && before.chain == frame.previous_chain;
  news_ = news_ || !known;
  before.sequence = header.previous_sequence;
  before.chain = frame.previous_chain;
}

void EpochEnds::reached(EventClass c, const Id& stream, StreamPoint point, const Hash& chain) {
  Lane& lane = lanes_[static_cast<size_t>(c) - 1];
  if (lane.stream != stream) lane = {stream, {}};
  End& end = end_of(lane, point.epoch);
  if (end.sequence >= point.sequence) return;
  end.sequence = point.sequence;
  end.chain = chain;
  news_ = true;
}

std::vector<EpochEnds::Hole> EpochEnds::holes(EventClass c, StreamPoint from,
                                              const FrameHead& frame) const {
  const FrameHeader& header = frame.header;
  const StreamPoint to{header.previous_epoch, header.previous_sequence};
  std::vector<Hole> all;
  if (to <= from) return all;
  const Lane& lane = lanes_[static_cast<size_t>(c) - 1];
  Hole last{to.epoch, {}, 1, to.sequence, frame.previous_chain};
  for (const End& end : lane.ends) {
    if (lane.stream != header.stream || end.epoch < from.epoch) continue;
    if (end.epoch == to.epoch) last.nonce = end.nonce;
    if (end.epoch >= to.epoch || StreamPoint{end.epoch, end.sequence} <= from) continue;
    if (end.sequence == 0) continue;
    const uint64_t first = end.epoch == from.epoch ? from.sequence + 1 : 1;
    all.push_back({end.epoch, end.nonce, first, end.sequence, end.chain});
  }
  if (from.epoch == to.epoch) last.first_sequence = from.sequence + 1;
  all.push_back(last);
  return all;
}

std::string EpochEnds::encode() const {
  std::string text;
  for (size_t i = 0; i < kEventClasses; ++i) {
    for (const End& end : lanes_[i].ends) {
      text += event_class_name(static_cast<EventClass>(i + 1));
      text += ' ' + to_hex(lanes_[i].stream) + ' ' + std::to_string(end.epoch) + ' ' +
              to_hex(end.nonce) + ' ' + std::to_string(end.sequence) + ' ' + to_hex(end.chain) +
              '\n';
    }
  }
  return text;
}

void EpochEnds::decode(std::string_view text) {
  while (!text.empty()) {
    const size_t size = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    const std::string_view name = take_word(line);
    for (size_t i = 0; i < kEventClasses; ++i) {
      if (name != event_class_name(static_cast<EventClass>(i + 1))) continue;
      Id stream;
      End end;
      if (!take_array(line, stream) || !take_number(line, end.epoch) ||
          !take_array(line, end.nonce) || !take_number(line, end.sequence) ||
          !take_array(line, end.chain) || !line.empty()) {
        continue;
      }
      Lane& lane = lanes_[i];
      if (lane.stream != stream) lane = {stream, {}};
      end_of(lane, end.epoch) = end;
    }
  }
}

}  // namespace spoor::uplink
