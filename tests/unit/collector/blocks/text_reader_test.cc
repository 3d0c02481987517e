#include "collector/blocks/text_reader.h"

#include <gtest/gtest.h>

#include "collector/blocks/block_writer.h"
#include "collector/limits.h"

namespace spoor::collector {
namespace {

std::string text_of(size_t i) { return "text " + std::to_string(i); }

TEST(TextReader, GivesEachTextByItsNumber) {
  BlockWriter writer(EventClass::input);
  constexpr size_t kSize = (kOpenPacksMax + 2) * kPackTexts;  // more packs than it keeps open
  for (size_t i = 0; i < kSize; ++i) {
    Row row;
    row[Number::order] = i;
    const std::string text = text_of(i);
    row[Text::input].text = text;
    writer.add(row);
  }
  const std::string block = writer.seal();
  const BlockReader reader = BlockReader::open(as_bytes(block)).value();
  TextReader texts(reader);
  ASSERT_EQ(reader.texts(Text::input), kSize);
  for (size_t i = 0; i < kSize; i += 100) {
    EXPECT_EQ(texts.text(Text::input, i + 1)->text, text_of(i));
  }
  EXPECT_EQ(texts.text(Text::input, kSize)->text, text_of(kSize - 1));
  EXPECT_EQ(texts.text(Text::input, 1)->text, text_of(0));
  EXPECT_TRUE(texts.text(Text::input, 0)->is_nothing());
}

}  // namespace
}  // namespace spoor::collector
