// The columns of an index block: what the index keeps of each event. docs/index.md says what each
// one holds and where it comes from. Constant tables; any thread.
//
// The numbers of the columns are in the files: new ones are added at the end of each list, none is
// ever moved. A reader passes over those that it does not know; what a block does
// not have is 0, or no text, in all its rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace spoor::collector {

enum class Number : uint8_t {
  kind, time_ms, time_ns, received_ms, entry, epoch, order, sequence, serial, ses,
  login_uid, uid, euid, pid, birth, exec, parent_pid, parent_birth, parent_exec, ppid, depth,
  started, born, ended, exit, signal, result, error, operation, mode, inode, port, local_port,
  marks, incomplete, attribution,
  twin,  // not the event's: the writer's help to itself (row_models.h)
  read, read_boot,
  partner,  // not the event's: where the other half of its command is (command_pairs.h)
};
inline constexpr size_t kNumbers = static_cast<size_t>(Number::partner) + 1;

enum class Text : uint8_t {
  host, session, boot, stream, user, as, terminal, unit, container, exe, comm, command, cwd, files,
  input, addresses, keys, target, rule, source,
  rest, values,
};
inline constexpr size_t kTexts = static_cast<size_t>(Text::values) + 1;

std::string_view name_of(Number column);
std::string_view name_of(Text column);
// The column has words (word_list.h), each of which can be asked for.
bool has_words(Text column);
// Texts of this column can be found by what they contain; else only by reading them.
bool is_searched(Text column);

// A column of either sort, as the files number them: texts begin at kFirstText, below which there
// is room for more numbers.
using ColumnNumber = uint8_t;
inline constexpr size_t kFirstText = 128;
inline constexpr size_t kColumnNumbers = 256;
static_assert(kNumbers <= kFirstText && kFirstText + kTexts <= kColumnNumbers);
constexpr ColumnNumber column_number(Number column) { return static_cast<ColumnNumber>(column); }
constexpr ColumnNumber column_number(Text column) {
  return static_cast<ColumnNumber>(kFirstText + static_cast<size_t>(column));
}

// From what a value is told as the difference.
enum class Model : uint8_t {
  none,      // from the least of the page
  previous,  // from the row before
  kin,       // from the latest row of the same kind
  process,   // from the latest row of the same process; where there is none, of the same kind
  first,     // texts: a text that no row had before is 0, any other its own number plus one
};

// How a column of a page is written. It stands in the file, so that a reader need not know why.
struct Coding {
  constexpr Coding(Model told_from = Model::none, bool stored_by_kind = false,
                   std::optional<Number> told_beside = std::nullopt, bool beside_has_ms = false)
      : model(told_from),
        is_by_kind(stored_by_kind),
        beside(told_beside),
        beside_is_ms(beside_has_ms) {}

  Model model;
  // The rows of one kind are stored together: starts look like starts, and ends like ends.
  bool is_by_kind;
  // The difference is told from what this column does between the same two rows; where there is no
  // row to tell it from, from this column's value. Not of rows of the same process, which are as
  // they were. Its number is less than the column's own.
  std::optional<Number> beside;
  // That column is in milliseconds, and this one in nanoseconds.
  bool beside_is_ms;
  bool operator==(const Coding&) const = default;

  bool needs_kinds() const {
    return is_by_kind || model == Model::kin || model == Model::process;
  }
};

// What the writer uses: docs/benchmarks.md has what others cost.
Coding coding_of(Number column);
Coding coding_of(Text column);

}  // namespace spoor::collector
