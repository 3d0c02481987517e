#include "collector/blocks/text_pack.h"

#include <gtest/gtest.h>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

TEST(TextPack, GivesBackWhatItWasGiven) {
  const std::vector<TextValue> texts = {
      {"ls -la"}, {"", std::string_view("\0", 1)}, {"a b", "\x03"}, {"cut", "", true}, {"x"}};
  TextPackWriter writer;
  for (const TextValue& text : texts) writer.add(text);
  EXPECT_EQ(writer.texts(), 5u);
  const TextPack pack = TextPack::open(writer.take(), 5).value();
  EXPECT_TRUE(writer.is_empty());
  ASSERT_EQ(pack.size(), 5u);
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(pack.at(i), texts[i]);
  EXPECT_EQ(pack.all(), "ls -laa bcutx");
  EXPECT_EQ(pack.begin_of(2), 6u);
  EXPECT_EQ(pack.end_of(2), 9u);
  EXPECT_TRUE(pack.has_cut_text());
}

TEST(TextPack, IsFullByTextsAndByBytesAndThenWithinItsBound) {
  TextPackWriter many;
  while (!many.is_full()) many.add({"x"});
  EXPECT_EQ(many.texts(), kPackTexts);

  const std::string longest(kIndexTextMax, 'x');
  const std::string cuts(kIndexCutsMax, '\x01');
  TextPackWriter large;
  while (!large.is_full()) large.add({longest, cuts});
  const uint32_t texts = large.texts();
  const std::string raw = large.take();
  EXPECT_GE(raw.size(), kPackBytes);
  EXPECT_TRUE(TextPack::open(raw, texts).is_ok());
}

TEST(TextPack, OtherBytesAreRefused) {
  TextPackWriter writer;
  writer.add({"abc"});
  writer.add({"a b", "\x03"});
  const std::string raw = writer.take();
  EXPECT_TRUE(TextPack::open(raw, 2).is_ok());
  EXPECT_EQ(TextPack::open(raw, 1).code(), Code::corrupt);
  EXPECT_EQ(TextPack::open(raw, 3).code(), Code::corrupt);
  EXPECT_EQ(TextPack::open(raw + "x", 2).code(), Code::corrupt);
  for (size_t size = 0; size < raw.size(); ++size) {
    EXPECT_EQ(TextPack::open(raw.substr(0, size), 2).code(), Code::corrupt);
  }
  EXPECT_EQ(TextPack::open(std::string(kPackTexts + 1, '\0'), kPackTexts + 1).code(),
            Code::corrupt);
  // A text of 8,193 bytes, all of them there.
  const std::string too_long = "\x84\x80\x02" + std::string(kIndexTextMax + 1, 'x');
  EXPECT_EQ(TextPack::open(too_long, 1).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
