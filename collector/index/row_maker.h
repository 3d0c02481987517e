// Makes rows of the index from events (docs/index.md). Keeps its buffers from row to row, so that
// a row costs no memory. One thread.
#pragma once

#include <string>

#include "collector/blocks/word_list.h"
#include "collector/index/told_row.h"
#include "collector/model.h"

namespace spoor::collector {

class RowMaker {
 public:
  // `entry`: of the log. Views into the event and the maker, good until the next call.
  const Row& row_of(const IndexedEvent& event, uint64_t entry);

 private:
  // What the event says, into the columns: who comes first has a column.
  void claim(EventFields fields, std::string_view wire);
  void claim_number(const EventField& field, uint64_t value);
  void claim_text(const EventField& field, std::string_view text);
  void join(Text column, std::span<const std::string_view> words);
  void join_all();
  // What the row does not say, into `rest` and `values`.
  void strip(EventFields fields, std::string_view wire);
  void strip_message(uint32_t number, EventFields fields, std::string_view wire);
  void strip_value(const EventField& field, const WireField& from);
  bool is_told(const EventField& field, const WireField& from) const;
  // The field as nothing: no column says it.
  void append_nothing(const EventField& field);

  ToldRow told_;
  std::string wire_, rest_, values_;
  std::array<JoinedWords, 4> joined_;
  bool is_bare_ = false;  // `rest` says only which messages are there
};

}  // namespace spoor::collector
