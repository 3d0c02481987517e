// Makes rows of the index from events as frames have them (docs/index.md): one walk over an event's
// bytes, of which nothing is parsed. Keeps its buffers from row to row, so that a row costs no
// memory. One thread.
#pragma once

#include <string>

#include "collector/blocks/word_list.h"
#include "collector/index/canonical_event.h"
#include "collector/index/told_row.h"
#include "collector/model.h"
#include "common/wire_writer.h"

namespace spoor::collector {

class RowMaker {
 public:
  // nullptr: it is no event. Views into `event` and the maker, good until the next call.
  const Row* row_of(const FrameEvent& event);

 private:
  void begin(const FrameEvent& event);
  bool walk_all(std::string_view wire);
  // What a message says: into columns, where who comes first has the column; what they do not say,
  // into `rest_` and `values_`. False: the bytes are not canonical.
  bool walk(const PlannedMessage& plan, std::string_view wire);
  void end_message(const PlannedMessage& plan, uint64_t seen);
  // True: `rest` need not have the field.
  bool take_plain(const PlannedField& known, uint64_t value);
  bool take_number(const PlannedField& known, uint64_t value);
  bool take_text(const PlannedField& known, std::string_view text);
  void take_value(const PlannedField& known, uint64_t number, std::string_view text,
                  std::string_view message);
  template <typename Value>
  bool claim(const PlannedField& by, Value& column, Value value);
  void claim_bits(const PlannedField& by, uint64_t& column, uint64_t bits);
  void claim(const PlannedField& by);
  void join_args();
  void join_lists();
  // The field as nothing: no column says it.
  void append_nothing(const EventField& field);

  ToldRow told_;
  std::string canonical_;  // of an event that was not
  WireWriter rest_, values_;
  std::array<JoinedWords, 4> joined_;
  uint64_t claimed_ = 0;   // PlannedField::bit of what columns say
  uint64_t missed_ = 0;    // of what they did not say when it was not there
  bool is_known_ = false;  // to be canonical
  bool is_bare_ = false;   // `rest` says only which messages are there
  bool goes_again_ = false;
  size_t joined_args_ = 0;
};

}  // namespace spoor::collector
