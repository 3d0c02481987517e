#include "collector/index/column_words.h"

#include <gtest/gtest.h>

#include "collector/blocks/word_list.h"
#include "collector/index/row_maker.h"
#include "tests/support/frame_event.h"
#include "tests/support/query_events.h"

namespace spoor::collector {
namespace {

// Of a text that is not cut, what the row has.
TEST(ColumnWords, AreThoseOfTheRow) {
  const QueryEvents events(5, 4'000);
  size_t compared = 0;
  for (size_t i = 0; i < events.events().size(); ++i) {
    const IndexedEvent& event = events.events()[i];
    RowMaker maker;
    const std::string wire = event.event->SerializeAsString();
    const Row& row = *maker.row_of(in_frame(event, wire, 1));
    for (const Text column : {Text::command, Text::exe, Text::cwd, Text::files, Text::input,
                              Text::user, Text::as, Text::terminal}) {
      const TextValue& text = row[column];
      if (text.is_cut) continue;
      std::vector<std::string> expected;
      if (has_words(column)) {
        const auto words = split_words(text).value();
        expected.assign(words.begin(), words.end());
        if (column == Text::files) std::erase(expected, "");
      } else if (!text.text.empty()) {
        expected.emplace_back(text.text);
      }
      ASSERT_EQ(words_of(*event.event, column), expected)
          << name_of(column) << " of " << event.event->ShortDebugString();
      compared += !expected.empty();
    }
  }
  EXPECT_GT(compared, 5'000u);
}

}  // namespace
}  // namespace spoor::collector
