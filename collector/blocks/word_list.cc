#include "collector/blocks/word_list.h"

#include "collector/limits.h"
#include "common/byte_reader.h"

namespace spoor::collector {

JoinedWords join_words(std::span<const std::string_view> words) {
  JoinedWords out;
  join_words(words, out);
  return out;
}

void join_words(std::span<const std::string_view> words, JoinedWords& out) {
  out.text.clear();
  out.cuts.clear();
  out.is_cut = false;
  bool needs_cuts = words.size() == 1 && words[0].empty();
  for (size_t i = 0; i < words.size() && !out.is_cut; ++i) {
    if (i > 0 && out.text.size() == kIndexTextMax) {
      out.is_cut = true;
      break;
    }
    if (i > 0) out.text += ' ';
    const std::string_view kept = words[i].substr(0, kIndexTextMax - out.text.size());
    out.is_cut = kept.size() < words[i].size();
    out.text += kept;
    append_varint(out.cuts, kept.size());
    needs_cuts |= kept.find(' ') != kept.npos;
  }
  if (!needs_cuts) out.cuts.clear();
}

Result<std::vector<std::string_view>> split_words(const TextValue& value) {
  std::vector<std::string_view> out;
  if (value.is_nothing()) return out;
  if (value.cuts.empty()) {
    for (size_t from = 0;;) {
      const size_t space = value.text.find(' ', from);
      out.push_back(value.text.substr(from, space - from));
      if (space == value.text.npos) return out;
      from = space + 1;
    }
  }
  ByteReader text(as_bytes(value.text));
  ByteReader cuts(as_bytes(value.cuts));
  while (text.is_ok() && cuts.is_ok() && !cuts.at_end()) {
    if (!out.empty()) text.take(1);
    out.push_back(as_text(text.take(cuts.varint())));
  }
  if (!text.is_ok() || !cuts.is_ok() || !text.at_end()) {
    return corrupt("index block: the words of a text do not add up to it");
  }
  return out;
}

}  // namespace spoor::collector
