// The rows that are not sealed yet. One thread adds them and seals; any number ask meanwhile, each
// a view: the rows that there were when it was taken, which do not change.
//
// What is added lies where it lies from then on, so that a lock is held only while places are
// written down, never while rows are looked at: of a view a few microseconds, and of a column of
// texts that is asked for first up to a millisecond (2 MB of places). Rows and texts live as long
// as the block or one of its views.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collector/blocks/row.h"
#include "collector/blocks/row_table.h"
#include "common/frame/format.h"

namespace spoor::collector {

class OpenBlock {
 public:
  explicit OpenBlock(EventClass event_class);
  ~OpenBlock();

  // Of the one thread. Not when full; sealed: at least one row, and none is added behind it.
  void add(const Row& row);
  size_t rows() const;
  bool is_full() const;
  std::string seal() const;

  // A session's rows as they lie in the block that seal() gives: behind one another.
  struct Session {
    TextValue host, session;
    uint32_t first = 0, rows = 0;
  };
  std::vector<Session> sessions() const;

  // Any thread; one that is there. Its texts are good as long as the block.
  Row row(size_t number) const;
  // Any thread. Of a page only the range of its times (Number::time_ms) is known.
  std::shared_ptr<const RowTable> view() const;

 private:
  struct Kept;
  class View;
  class Page;
  class Texts;

  std::shared_ptr<Kept> kept_;
};

}  // namespace spoor::collector
