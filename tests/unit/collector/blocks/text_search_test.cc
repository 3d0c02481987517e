#include "collector/blocks/text_search.h"

#include <gtest/gtest.h>

#include <random>

#include "collector/blocks/word_list.h"
#include "tests/support/pattern_text.h"

namespace spoor::collector {
namespace {

TextPack pack_of(const std::vector<TextValue>& texts) {
  TextPackWriter writer;
  for (const TextValue& text : texts) writer.add(text);
  return TextPack::open(writer.take(), static_cast<uint32_t>(texts.size())).value();
}

FoundTexts found(const std::vector<TextValue>& texts, const TextTest& test) {
  FoundTexts out;
  EXPECT_TRUE(TextSearch(test).look_into(pack_of(texts), 10, out).is_ok());
  return out;
}

using Numbers = std::vector<uint32_t>;

// Against the pattern's own word for each text and each word.
TEST(TextSearch, FindsWhatTheDefinitionSays) {
  std::mt19937 random(1);
  const auto draw = [&](std::string_view letters, size_t size) {
    std::string out;
    for (size_t n = random() % size; n > 0; --n) out += letters[random() % letters.size()];
    return out;
  };
  size_t fitting = 0;
  for (int i = 0; i < 5'000; ++i) {
    std::vector<JoinedWords> joined;
    for (size_t n = 1 + random() % 12; n > 0; --n) {
      std::vector<std::string> words;
      for (size_t w = random() % 4; w > 0; --w) words.push_back(draw("aAb \0", 5));
      joined.push_back(join_words(std::vector<std::string_view>(words.begin(), words.end())));
    }
    std::vector<TextValue> texts;
    for (const JoinedWords& words : joined) texts.push_back(words.value());
    const TextTest test{pattern(draw("aAb *", 7)), random() % 2 == 0, random() % 2 == 0};
    Numbers naive;
    for (size_t t = 0; t < texts.size(); ++t) {
      const auto fits = [&](std::string_view s) { return test.pattern.fits(s, test.same_case); };
      const auto words = split_words(texts[t]).value();
      if (test.of_words ? std::any_of(words.begin(), words.end(), fits) : fits(texts[t].text)) {
        naive.push_back(static_cast<uint32_t>(10 + t));
      }
    }
    EXPECT_EQ(found(texts, test).fitting, naive) << test.pattern.to_text();
    fitting += naive.size();
  }
  EXPECT_GT(fitting, 3'000u);
}

TEST(TextSearch, NothingIsFoundAcrossTwoTexts) {
  EXPECT_TRUE(found({{"xcu"}, {"rlx"}}, {Pattern::containing("curl")}).fitting.empty());
  EXPECT_EQ(found({{"xcu"}, {"rlcurl"}}, {Pattern::containing("curl")}).fitting, Numbers{11});
}

TEST(TextSearch, OfACutTextOnlyTheLogKnowsTheRest) {
  const std::vector<TextValue> texts = {{"curl -k", "", true}, {"ls", "", true}, {"ls"}};
  FoundTexts f = found(texts, {Pattern::containing("curl")});
  EXPECT_EQ(f.fitting, Numbers{10});
  EXPECT_EQ(f.unsure, Numbers{11});
  f = found(texts, {pattern("ls")});
  EXPECT_EQ(f.fitting, Numbers{12});
  EXPECT_EQ(f.unsure, (Numbers{10, 11}));
  f = found(texts, {pattern("*-k")});
  EXPECT_EQ(f.fitting, Numbers{});
  EXPECT_EQ(f.unsure, (Numbers{10, 11}));
}

TEST(TextSearch, OfACutTextAllWordsButTheLastAreWhole) {
  const std::vector<TextValue> texts = {{"curl -k", "", true}};
  EXPECT_EQ(found(texts, {pattern("curl"), false, true}).fitting, Numbers{10});
  EXPECT_EQ(found(texts, {pattern("-k"), false, true}).unsure, Numbers{10});
  EXPECT_EQ(found(texts, {pattern("-k*"), false, true}).fitting, Numbers{10});
}

TEST(TextSearch, BrokenWordsAreAnError) {
  FoundTexts out;
  TextSearch search({pattern("abc"), false, true});
  EXPECT_EQ(search.look_into(pack_of({{"abc", "\x02"}}), 1, out).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
