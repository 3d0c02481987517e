#include "collector/cli/sessions_view.h"

#include <algorithm>

#include "collector/cli/styled_text.h"
#include "collector/cli/trail_head.h"
#include "collector/cli/words.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

constexpr size_t kGap = 2;
// Where less is left of an origin it says nothing and goes; a user's name keeps its beginning.
constexpr size_t kFromColumnsMin = 9;
constexpr size_t kUserColumnsMin = 4;

enum Column { kSession, kUser, kKind, kFrom, kKey, kStarted, kLasted, kCommands, kFailed, kAsRoot,
              kLosses, kColumns };

// How much a table that is too wide leaves out: one thing after the other until it fits.
enum Level { kWhole, kWithoutSeconds, kWithoutPorts, kWithoutKeys, kWithoutKinds, kLeast };

struct ColumnKind {
  const char* name;
  bool right;    // aligned to the right
  Level gone;    // from this level on; kWhole: it stays
};

constexpr ColumnKind kKinds[kColumns] = {
    {"SESSION", false, kWhole}, {"USER", false, kWhole},    {"KIND", false, kWithoutKinds},
    {"FROM", false, kWhole},    {"KEY", false, kWithoutKeys}, {"STARTED", false, kWhole},
    {"LASTED", true, kWhole},   {"CMDS", true, kWhole},     {"FAIL", true, kWhole},
    {"ROOT", true, kLeast},     {"LOSS", true, kWhole},
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
  SessionsTable(const std::vector<v1::Session>& sessions, Level level)
      : level_(level), offset_(local_time(sessions.front().started_ns()).offset) {
    for (const v1::Session& session : sessions) {
      const std::string year = local_time(session.started_ns()).date.substr(0, 4);
      year_ = &session == &sessions.front() || year == year_ ? year : "";
    }
    if (level_ < kWithoutKinds) year_.clear();
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

  bool shown(size_t column) const {
    return kKinds[column].gone == kWhole || level_ < kKinds[column].gone;
  }

  // The offset that most times share, and the year that all do, are told once, here.
  Cells head() const {
    Cells cells(kColumns);
    for (size_t i = 0; i < kColumns; ++i) {
      if (shown(i)) cells[i].add(Style::quiet, kKinds[i].name);
    }
    if (level_ == kWhole) cells[kStarted].add(Style::quiet, " (" + offset_ + ")");
    if (!year_.empty()) cells[kStarted] = {Style::quiet, "IN " + year_};
    return cells;
  }

  Cells cells(const v1::Session& s) const {
    Cells cells(kColumns);
    cells[kSession].add(Style::strong, visible(s.name()));
    cells[kUser] = or_dash(user_text(s));
    v1::Endpoint source = s.source();
    if (level_ >= kWithoutPorts) source.clear_port();  // the trail has it
    if (shown(kKind)) cells[kKind] = or_dash(type_text(s.type()));
    cells[kFrom] = or_dash(from_text(source));
    if (shown(kKey)) cells[kKey] = or_dash(credential_word(s));
    const LocalTime start = local_time(s.started_ns());
    cells[kStarted].add((year_.empty() ? start.date : start.date.substr(5)) + " " +
                        (level_ == kWhole ? start.clock : start.clock.substr(0, 5)));
    if (level_ == kWhole && start.offset != offset_) cells[kStarted].add(" " + start.offset);
    cells[kLasted] = lasted(s);
    cells[kCommands] = count_cell(s.commands(), Style::plain);
    cells[kFailed] = count_cell(s.commands_failed(), Style::bad);
    if (shown(kAsRoot)) cells[kAsRoot] = count_cell(s.commands_as_root(), Style::bad);
    cells[kLosses] = count_cell(s.losses(), Style::alarm);
    return cells;
  }

  // How long, or in which state it is still.
  static StyledText lasted(const v1::Session& s) {
    if (s.ended_ns() == 0) return {Style::good, "open"};
    if (!has_ended(s)) {
      return {Style::good, s.has_processes_left() ? grouped(s.processes_left()) + " left" : "left"};
    }
    return {Style::plain, duration_text(s.ended_ns() - s.started_ns())};
  }

  const Level level_;
  const std::string offset_;
  std::string year_;  // told once, above all dates; empty: each tells its own
  std::vector<Cells> rows_;
  std::vector<size_t> widths_;
};

}  // namespace

std::string render_sessions(const std::vector<v1::Session>& sessions, const ViewOptions& options) {
  if (sessions.empty()) return "";
  const size_t width_max = options.width == 0 ? 0 : std::max(options.width, kWidthMin);
  for (const Level level : {kWhole, kWithoutSeconds, kWithoutPorts, kWithoutKeys, kWithoutKinds}) {
    SessionsTable table(sessions, level);
    if (width_max == 0 || table.width() <= width_max) return table.render(options.colour);
  }
  SessionsTable least(sessions, kLeast);
  least.narrow(width_max);
  return least.render(options.colour);
}

std::string hidden_text(uint64_t hidden) {
  if (hidden == 0) return "";
  return grouped(hidden) + (hidden == 1 ? " more is no login" : " more are no logins") +
         " (cron, user managers, services, containers): --all";
}

}  // namespace spoor::cli
