// Which texts of a pack are like a pattern, or hold an address of a network. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "collector/blocks/text_pack.h"
#include "collector/language/network.h"
#include "collector/language/pattern.h"

namespace spoor::collector {

struct TextTest {
  Pattern pattern;
  bool same_case = false;  // upper and lower case differ
  bool of_words = false;   // one of the text's words is like it, instead of all of the text
  bool skips_empty = false;  // an empty word only keeps the place of one that is not there
  // Instead of the pattern: it is an address in there.
  std::optional<Network> network = std::nullopt;
};

enum class Answer : uint8_t { no, unsure, yes };

// Numbers of texts, ascending.
struct FoundTexts {
  std::vector<uint32_t> fitting;
  // Texts that were cut, and of which what is left does not tell: the log does.
  std::vector<uint32_t> unsure;
};

// A search that goes from pack to pack.
class TextSearch {
 public:
  explicit TextSearch(TextTest test);

  const TextTest& test() const { return test_; }
  // Adds what is found in `pack`, whose first text has the number `first`.
  Status look_into(const TextPack& pack, uint32_t first, FoundTexts& found);
  // Unsure: of a text that was cut.
  Result<Answer> answer(const TextValue& value) const;

 private:
  // The text at or behind `index` in which the longest piece of the pattern may be.
  size_t next_candidate(const TextPack& pack, size_t index) const;
  bool fits(std::string_view text) const;

  TextTest test_;
  std::string longest_;   // piece of the pattern, in lower case where cases are the same
  std::string lowered_;   // the pack's texts likewise
  std::string_view searched_;
};

}  // namespace spoor::collector
