#include "collector/index/row_events.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "collector/index/event_of_row.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

// One row after the other, whose texts are mostly those of the row before.
class RowReader {
 public:
  RowReader(const RowTable& table, size_t page)
      : page_(table.open_page(page)), texts_(table.open_texts()) {}

  // Good until the next call.
  Result<const Row*> read(size_t row);

 private:
  struct Text_ {
    uint64_t number = 0;
    std::string text, cuts;
    bool is_cut = false;
  };

  const std::unique_ptr<RowPage> page_;
  const std::unique_ptr<RowTexts> texts_;
  std::array<Text_, kTexts> last_;
  Row row_;
};

Result<const Row*> RowReader::read(size_t row) {
  for (size_t i = 0; i < kNumbers; ++i) {
    ASSIGN_OR_RETURN(const auto values, page_->values(static_cast<Number>(i)));
    row_.numbers[i] = values[row];
  }
  for (size_t i = 0; i < kTexts; ++i) {
    const auto column = static_cast<Text>(i);
    ASSIGN_OR_RETURN(const auto values, page_->values(column));
    Text_& last = last_[i];
    if (values[row] == last.number) continue;
    ASSIGN_OR_RETURN(const TextValue value, texts_->text(column, values[row]));
    last = {values[row], std::string(value.text), std::string(value.cuts), value.is_cut};
    row_.texts[i] = {last.text, last.cuts, last.is_cut};
  }
  return &row_;
}

bool is_of(const Row& row, const SessionKey& session) {
  return row[Text::host].text == session.agent &&
         row[Text::session].text == as_text(session.session_uid);
}

// `corrupt`: not the session's.
Status read_event(const Row& row, EventClass event_class, const SessionKey& session,
                  std::vector<IndexedEvent>& out) {
  if (!is_of(row, session)) return corrupt("index block: a row of another session");
  if (row[Number::kind] == v1::Event::kLoss) return ok();
  ASSIGN_OR_RETURN(RowEvent told, event_of(row, event_class));
  out.push_back(std::move(told.event));
  out.back().entry = told.entry;
  return ok();
}

}  // namespace

void read_events(const RowTable& table, EventClass event_class, const RowRange& rows,
                 const SessionKey& session, std::vector<IndexedEvent>& out, Missing& missing) {
  if (rows.first > table.rows() || rows.rows > table.rows() - rows.first)
    return missing.add(rows.rows, corrupt("index block: has no such rows"));
  const size_t end = size_t{rows.first} + rows.rows;
  for (size_t row = rows.first; row < end;) {
    const size_t page = row / kPageRows;
    const size_t page_end = std::min(end, (page + 1) * kPageRows);
    RowReader reader(table, page);
    for (; row < page_end; ++row) {
      const Result<const Row*> read = reader.read(row % kPageRows);
      const Status status =
          read.is_ok() ? read_event(**read, event_class, session, out) : read.status();
      if (!status.is_ok()) missing.add(1, status);
    }
  }
}

std::vector<std::optional<IndexedEvent>> read_events(const RowTable& table, EventClass event_class,
                                                     const std::vector<uint32_t>& rows,
                                                     Missing& missing) {
  std::map<size_t, std::vector<size_t>> by_page;  // places in `rows`
  for (size_t i = 0; i < rows.size(); ++i) by_page[rows[i] / kPageRows].push_back(i);
  std::vector<std::optional<IndexedEvent>> out(rows.size());
  for (const auto& [page, places] : by_page) {
    RowReader reader(table, page);
    for (const size_t place : places) {
      Result<RowEvent> told = [&]() -> Result<RowEvent> {
        ASSIGN_OR_RETURN(const Row* const row, reader.read(rows[place] % kPageRows));
        return event_of(*row, event_class);
      }();
      if (told.is_ok()) {
        out[place] = std::move(told->event);
        out[place]->entry = told->entry;
      } else {
        missing.add(1, told.status());
      }
    }
  }
  return out;
}

}  // namespace spoor::collector
