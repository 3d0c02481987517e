#include "collector/cli/sessions_view.h"

#include <algorithm>

#include "collector/cli/styled_text.h"
#include "collector/cli/words.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

constexpr size_t kGap = 2;
// Where less is left of an origin it says nothing and goes; a user's name keeps its beginning.
constexpr size_t kFromColumnsMin = 9;
constexpr size_t kUserColumnsMin = 4;

enum Column { kSession, kUser, kFrom, kTerminal, kStarted, kLasted, kCommands, kAsRoot, kFailed,
              kLosses, kColumns };

struct ColumnKind {
  const char* name;
  bool right;    // aligned to the right
  bool dropped;  // from a table that is too wide
};

constexpr ColumnKind kKinds[kColumns] = {
    {"SESSION", false, false}, {"USER", false, false},   {"FROM", false, false},
    {"TERMINAL", false, true}, {"STARTED", false, false}, {"LASTED", true, false},
    {"CMDS", true, false},     {"ROOT", true, true},      {"FAIL", true, false},
    {"LOSS", true, false},
};

using Cells = std::vector<StyledText>;

StyledText count_cell(uint64_t count, Style style) {
  return count == 0 ? StyledText(Style::quiet, "-") : StyledText(style, grouped(count));
}

StyledText or_dash(const std::string& text) {
  return text.empty() || text == "-" ? StyledText(Style::quiet, "-")
                                     : StyledText(Style::plain, text);
}

class SessionsTable {
 public:
  SessionsTable(const std::vector<v1::Session>& sessions, bool compact)
      : compact_(compact), offset_(local_time(sessions.front().started_ns()).offset) {
    rows_.push_back(head());
    for (const v1::Session& session : sessions) rows_.push_back(cells(session));
    widths_.resize(kColumns, 0);
    for (const Cells& row : rows_) {
      for (size_t i = 0; i < kColumns; ++i) widths_[i] = std::max(widths_[i], row[i].width());
    }
  }

  size_t width() const {
    size_t total = 0;
    for (const size_t w : widths_) total += w == 0 ? 0 : w + kGap;
    return total - kGap;
  }

  // Takes what is too much from the origins, then from the users.
  void narrow(size_t width_max) {
    const size_t user_columns = widths_[kUser];
    take(kFrom, kFromColumnsMin, width_max);
    take(kUser, kUserColumnsMin, width_max);
    if (width() <= width_max) return;
    widths_[kFrom] = 0;
    widths_[kUser] = user_columns;
    take(kUser, kUserColumnsMin, width_max);
  }

  std::string render(bool colour) {
    std::string out;
    for (Cells& row : rows_) {
      StyledText line;
      size_t column_start = 0;
      for (size_t i = 0; i < kColumns; ++i) {
        if (widths_[i] == 0) continue;
        row[i].cut(widths_[i]);
        line.pad(column_start);
        if (kKinds[i].right) line.pad(column_start + widths_[i] - row[i].width());
        line.add(row[i]);
        column_start += widths_[i] + kGap;
      }
      out += line.render(colour) + '\n';
    }
    return out;
  }

 private:
  void take(Column column, size_t least, size_t width_max) {
    const size_t spare = widths_[column] - std::min(widths_[column], least);
    widths_[column] -= std::min(spare, width() - std::min(width(), width_max));
  }

  bool shown(size_t column) const { return !compact_ || !kKinds[column].dropped; }

  // The offset that most times share is told once, here.
  Cells head() const {
    Cells cells(kColumns);
    for (size_t i = 0; i < kColumns; ++i) {
      if (shown(i)) cells[i].add(Style::quiet, kKinds[i].name);
    }
    cells[kStarted].add(Style::quiet, compact_ ? "" : " (" + offset_ + ")");
    return cells;
  }

  Cells cells(const v1::Session& s) const {
    Cells cells(kColumns);
    cells[kSession].add(Style::strong, visible(s.name()));
    cells[kUser] = or_dash(user_text(s));
    v1::Endpoint source = s.source();
    source.clear_port();  // the trail has it
    cells[kFrom] = or_dash(from_text(source));
    if (shown(kTerminal)) cells[kTerminal] = or_dash(terminal_text(s));
    const LocalTime start = local_time(s.started_ns());
    const std::string clock = compact_ ? start.clock.substr(0, 5) : start.clock;
    cells[kStarted].add(start.date + " " + clock);
    if (!compact_ && start.offset != offset_) cells[kStarted].add(" " + start.offset);
    cells[kLasted] = s.ended_ns() == 0
                         ? StyledText(Style::good, "open")
                         : StyledText(Style::plain, duration_text(s.ended_ns() - s.started_ns()));
    cells[kCommands] = count_cell(s.commands(), Style::plain);
    if (shown(kAsRoot)) cells[kAsRoot] = count_cell(s.commands_as_root(), Style::bad);
    cells[kFailed] = count_cell(s.commands_failed(), Style::bad);
    cells[kLosses] = count_cell(s.losses(), Style::alarm);
    return cells;
  }

  const bool compact_;
  const std::string offset_;
  std::vector<Cells> rows_;
  std::vector<size_t> widths_;
};

}  // namespace

std::string render_sessions(const std::vector<v1::Session>& sessions, const ViewOptions& options) {
  if (sessions.empty()) return "";
  const size_t width_max = options.width == 0 ? 0 : std::max(options.width, kWidthMin);
  SessionsTable table(sessions, false);
  if (width_max == 0 || table.width() <= width_max) return table.render(options.colour);
  SessionsTable compact(sessions, true);
  compact.narrow(width_max);
  return compact.render(options.colour);
}

}  // namespace spoor::cli
