#include "collector/blocks/trigrams.h"

#include <gtest/gtest.h>

#include <random>

namespace spoor::collector {
namespace {

bool may_have(const std::vector<std::string>& slabs, size_t packs, size_t pack,
              const Pattern& pattern) {
  for (const uint16_t slot : slots_of(pattern)) {
    const std::string& slab = slabs[slot / kSlabSlots];
    const char byte = slab[slot % kSlabSlots * slot_bytes(packs) + pack / 8];
    if ((byte >> pack % 8 & 1) == 0) return false;
  }
  return true;
}

TEST(Trigrams, NoPackThatHasItIsLeftOut) {
  std::mt19937 random(1);
  TrigramWriter writer;
  std::vector<std::vector<std::string>> packs(21);
  for (auto& pack : packs) {
    for (int i = 0; i < 40; ++i) {
      std::string text;
      for (size_t n = random() % 30; n > 0; --n) text += static_cast<char>(random());
      writer.add(pack.emplace_back(text), false);
    }
    writer.end_pack();
  }
  const std::vector<std::string> slabs = writer.slabs();
  ASSERT_EQ(slabs.size(), kSlabs);
  EXPECT_EQ(slabs[0].size(), kSlabSlots * 3);
  size_t left_out = 0;
  for (size_t pack = 0; pack < packs.size(); ++pack) {
    for (const std::string& text : packs[pack]) {
      const size_t at = random() % (text.size() + 1);
      const Pattern part = Pattern::containing(text.substr(at, random() % 12));
      EXPECT_TRUE(may_have(slabs, packs.size(), pack, part));
      EXPECT_TRUE(may_have(slabs, packs.size(), pack, Pattern::exactly(text)));
      left_out += !may_have(slabs, packs.size(), (pack + 1) % packs.size(), part);
    }
  }
  EXPECT_GT(left_out, 300u);
}

TEST(Trigrams, CaseIsOneAndShortPiecesSayNothing) {
  EXPECT_EQ(slots_of(Pattern::containing("CURL")), slots_of(Pattern::containing("curl")));
  EXPECT_EQ(slots_of(Pattern::containing("curl")).size(), 2u);
  EXPECT_TRUE(slots_of(Pattern::containing("cu")).empty());
  Pattern holes = Pattern::exactly("ab");
  holes.append_hole();
  holes.append('c');
  EXPECT_TRUE(slots_of(holes).empty());
}

TEST(Trigrams, ATextThatWasCutMayHaveAnything) {
  TrigramWriter writer;
  writer.add("x", false);
  writer.end_pack();
  writer.add("x", true);
  writer.end_pack();
  const std::vector<std::string> slabs = writer.slabs();
  EXPECT_FALSE(may_have(slabs, 2, 0, Pattern::containing("needle")));
  EXPECT_TRUE(may_have(slabs, 2, 1, Pattern::containing("needle")));
}

}  // namespace
}  // namespace spoor::collector
