#include "collector/search/text_field.h"

#include <gtest/gtest.h>

#include "collector/blocks/block_writer.h"
#include "tests/support/field_look.h"

namespace spoor::collector {
namespace {

using enum Said;
using Saids = std::vector<Said>;

std::vector<Row> rows_with(Text column, std::vector<TextValue> texts) {
  std::vector<Row> out(texts.size());
  for (size_t i = 0; i < out.size(); ++i) {
    out[i][Text::host].text = "web1";
    out[i][Number::order] = i;
    out[i][column] = texts[i];
  }
  return out;
}

TEST(TextField, SaysWhatEachTextIs) {
  const FieldLook look(rows_with(Text::exe, {{"/bin/sh"}, {}, {"/usr/bin/curl"}, {"/bin/sh"}}));
  for (const RowTable* table : {&look.open(), &look.sealed()}) {
    const TextTest test{Pattern::containing("CURL")};
    const auto field = text_field(*table, Text::exe, test, true).value();
    EXPECT_EQ(look.said(*field, *table), (Saids{other, nothing, like, other}));
  }
}

TEST(TextField, AnEmptyWordOnlyKeepsAPlace) {
  const FieldLook look(rows_with(Text::files, {{" /new"}, {"/old"}}));
  TextTest test{Pattern::exactly(""), false, true, true};
  EXPECT_EQ(look.said(**text_field(look.open(), Text::files, test, true)), (Saids{other, other}));
  test.skips_empty = false;
  EXPECT_EQ(look.said(**text_field(look.open(), Text::files, test, true)), (Saids{like, other}));
}

TEST(TextField, AddressesOfANetwork) {
  const FieldLook look(rows_with(
      Text::addresses, {{"10.0.0.7"}, {" 10.1.0.7"}, {"192.0.2.1 ::ffff:10.0.0.9"}, {"x"}}));
  TextTest test;
  test.of_words = test.skips_empty = true;
  test.network = parse_network("10.0.0.0/16").value();
  EXPECT_EQ(look.said(**text_field(look.open(), Text::addresses, test, true)),
            (Saids{like, other, like, other}));
}

// A text that was cut is looked up in the log where it matters, by its event's place there.
TEST(TextField, TheLogTellsTheRestOfAText) {
  std::vector<Row> rows =
      rows_with(Text::command, {{"cp a", {}, true}, {"cp b", {}, true}, {"cp c"}});
  rows[0][Number::entry] = 5;
  rows[1][Number::entry] = 6;
  rows[1][Number::sequence] = 60;
  rows[1][Number::epoch] = 7;
  rows[1][Text::stream].text = "ssssssssssssssss";
  FieldLook look(rows);
  look.outside.full_text = [](const EventPlace& at, Text column) {
    EXPECT_EQ(column, Text::command);
    EXPECT_EQ(at.sequence, at.entry == 6 ? 60u : 0u);
    EXPECT_EQ(at.epoch, at.entry == 6 ? 7u : 0u);
    EXPECT_EQ(at.stream[0], at.entry == 6 ? 's' : 0);
    return Result(std::vector<std::string>{"cp", at.entry == 6 ? "b" : "a", "the end"});
  };
  const auto field = text_field(look.open(), Text::command, {Pattern::containing("b the")}, true);
  EXPECT_EQ(look.said(**field), (Saids{unsure, unsure, other}));
  EXPECT_EQ(look.said(**field, look.open(), true), (Saids{other, like, other}));
  const TextTest of_words{Pattern::exactly("the end"), false, true};
  const auto words = text_field(look.open(), Text::command, of_words, true);
  EXPECT_EQ(look.said(**words, look.open(), true), (Saids{like, like, other}));
}

TEST(TextField, WhereNobodyAsksNoTextIsLookedAt) {
  std::string block;
  {
    BlockWriter writer(EventClass::command);
    for (const Row& row : rows_with(Text::exe, {{"a"}, {"b"}})) writer.add(row);
    block = writer.seal();
  }
  const BlockReader whole = BlockReader::open(as_bytes(block)).value();
  const Chunk texts = whole.pack_of(Text::exe, 1).chunk;
  block[texts.offset] = static_cast<char>(block[texts.offset] ^ 1);
  const BlockReader broken = BlockReader::open(as_bytes(block)).value();
  const TextTest test{Pattern::containing("a")};
  EXPECT_EQ(text_field(broken, Text::exe, test, true).code(), Code::corrupt);
  EXPECT_TRUE(text_field(broken, Text::exe, test, false).is_ok());
}

TEST(LabelField, LabelsAreTheHosts) {
  std::vector<Row> rows(3);
  rows[0][Text::host].text = "web1";
  rows[1][Text::host].text = "db1";
  rows[2][Text::host].text = "bare";
  FieldLook look(rows);
  look.outside.labels = [](std::string_view host) -> Outside::Labels {
    if (host == "bare") return {{"rack", "7"}};
    return {{"env", host == "web1" ? "prod" : "test"}, {"env", "eu"}};
  };
  const auto said = [&](const Pattern& value) {
    return look.said(**label_field(look.open(), look.outside, {"env", value}, false));
  };
  EXPECT_EQ(said(Pattern::exactly("PROD")), (Saids{like, other, nothing}));
  EXPECT_EQ(said(Pattern::containing("")), (Saids{like, like, nothing}));
}

}  // namespace
}  // namespace spoor::collector
