#include "collector/search/row_filter.h"

#include <gtest/gtest.h>

#include "collector/blocks/block_reader.h"
#include "collector/language/parser.h"
#include "tests/support/index_block.h"

namespace spoor::collector {
namespace {

constexpr uint64_t kStarted = 100, kEnded = 101, kLoss = 117;

// A page of web1's commands, one of db1's ends, one of losses of both.
std::string block() {
  std::vector<Row> rows(3 * kPageRows);
  for (size_t i = 0; i < rows.size(); ++i) {
    Row& row = rows[i];
    const size_t page = i / kPageRows;
    row[Text::host].text = page == 0 ? "web1" : "db1";
    row[Text::session].text = page == 0 ? "a" : page == 1 ? "b" : "c";
    row[Number::order] = i;
    row[Number::kind] = page == 0 ? kStarted : page == 1 ? kEnded : kLoss;
    if (page == 0) row[Text::command].text = i % 2 == 0 ? "curl -k" : "ls";
    if (page == 1) row[Number::exit] = 1 + i % 3;
  }
  return seal(rows);
}

class RowFilterTest : public ::testing::Test {
 protected:
  RowFilter made(std::string_view text) {
    query_ = parse_query(text, {0, absl::UTCTimeZone()}).value();
    return RowFilter::make(query_, reader_, outside_, RowFilter::Pages(3, true)).value();
  }
  RowFilter::Pages pages(std::string_view text) { return made(text).pages(); }
  size_t count(std::string_view text, size_t page_number) {
    RowFilter filter = made(text);
    const auto page = reader_.open_page(page_number);
    const auto texts = reader_.open_texts();
    std::vector<Answer> answers(kPageRows);
    const PageLook look{reader_, page_number, *page, *texts, outside_};
    EXPECT_TRUE(filter.answer(look, 0, answers).is_ok());
    return static_cast<size_t>(std::ranges::count(answers, Answer::yes));
  }

  std::string bytes_ = block();
  BlockReader reader_ = BlockReader::open(as_bytes(bytes_)).value();
  const Outside outside_;
  Query query_;
};

using Pages = RowFilter::Pages;

TEST_F(RowFilterTest, PagesAreRuledOutUnread) {
  EXPECT_EQ(pages(""), (Pages{true, true, false}));  // of the default kinds
  EXPECT_EQ(pages("kind:all"), (Pages{true, true, true}));
  EXPECT_EQ(pages("kind:loss"), (Pages{false, false, true}));
  EXPECT_EQ(pages("host:web1"), (Pages{true, false, false}));
  EXPECT_EQ(pages("not host:web1"), (Pages{false, true, false}));
  EXPECT_EQ(pages("host:!=web1 kind:all"), (Pages{false, true, true}));
  EXPECT_EQ(pages("exit:1"), (Pages{false, true, false}));
  EXPECT_EQ(pages("exit:>2"), (Pages{false, false, false}));
  EXPECT_EQ(pages("exit:>2 or cmd:curl"), (Pages{true, false, false}));
  EXPECT_EQ(pages("host:web1 exit:1"), (Pages{false, false, false}));
  EXPECT_EQ(pages("cmd:wget"), (Pages{false, false, false}));
}

TEST_F(RowFilterTest, RowsAreThoseThatTheTreeWants) {
  EXPECT_EQ(count("cmd:curl", 0), kPageRows / 2);
  EXPECT_EQ(count("not cmd:curl", 0), kPageRows / 2);
  EXPECT_EQ(count("cmd:!=curl*", 0), kPageRows / 2);
  EXPECT_EQ(count("not cmd:curl", 1), kPageRows);
  EXPECT_EQ(count("cmd:!=curl*", 1), 0u);
  EXPECT_EQ(count("cmd:curl or cmd:ls", 0), kPageRows);
  EXPECT_EQ(count("cmd:curl cmd:ls", 0), 0u);
  EXPECT_EQ(count("exit:0", 1) + count("exit:1", 1) + count("exit:2", 1), kPageRows);
  EXPECT_EQ(count("exit:0 or exit:>=2", 1), count("not exit:1", 1));
  EXPECT_EQ(count("kind:loss (host:db1 not (cmd:curl or exit:0))", 2), kPageRows);
}

// Where what costs less rules all pages out, no text is looked at: here they cannot be read.
TEST_F(RowFilterTest, LooksForNoTextInVain) {
  const Chunk texts = reader_.pack_of(Text::command, 1).chunk;
  bytes_[texts.offset] = static_cast<char>(bytes_[texts.offset] ^ 1);
  EXPECT_EQ(pages("cmd:curl exit:>2"), (Pages{false, false, false}));
  EXPECT_EQ(pages("(cmd:curl or cmd:ls) host:nobody"), (Pages{false, false, false}));
  const Query query = parse_query("cmd:curl", {0, absl::UTCTimeZone()}).value();
  EXPECT_EQ(RowFilter::make(query, reader_, outside_, Pages(3, true)).code(), Code::corrupt);
  EXPECT_TRUE(RowFilter::make(query, reader_, outside_, Pages(3, false)).is_ok());
}

}  // namespace
}  // namespace spoor::collector
