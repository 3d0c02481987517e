#include "collector/cli/trail_view.h"

#include <algorithm>

#include "collector/cli/styled_text.h"
#include "collector/cli/trail_tree.h"
#include "collector/cli/words.h"
#include "common/quoting.h"
#include "common/text_width.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

constexpr size_t kTimeColumns = 12;      // 20:57:19.811
constexpr size_t kCommandColumnsMin = 20;
// The columns after the command stand no further away than this, however wide the terminal: one
// long command would take them out of sight of all others. It pushes its own aside instead.
constexpr size_t kCommandColumnsMax = 100;
constexpr size_t kDepthMax = 40;
constexpr const char* kGap = "  ";

// One line of the body. Only commands have what comes after `text`.
struct Row {
  std::string time;  // kTimeColumns wide, or empty
  std::string stem;
  StyledText text;
  std::string duration;
  StyledText end;
  bool fold = false;  // never cut: continued on lines of its own
};

class TrailView {
 public:
  TrailView(const std::vector<v1::TrailItem>& items, const ViewOptions& options)
      : items_(items),
        colour_(options.colour),
        width_(options.width == 0 ? 0 : std::max(options.width, kWidthMin)) {}

  std::string render() {
    if (!items_.empty() && items_.front().has_session()) session_ = &items_.front().session();
    add_head();
    collect_rows();
    if (rows_.empty()) {
      add_line(StyledText(Style::quiet, "No commands have been seen in this session."));
    }
    measure();
    for (const Row& row : rows_) add_row(row);
    if (!items_.empty() && items_.back().has_lag()) {
      const std::string lag = lag_text(items_.back().lag());
      if (!lag.empty()) {
        out_ += '\n';
        add_folded(StyledText(), Style::warning, lag);
      }
    }
    return std::move(out_);
  }

 private:
  void add_line(const StyledText& line) { out_ += line.render(colour_) + '\n'; }

  // Groups side by side, on a new line where the next one does not fit.
  void add_groups(const std::vector<StyledText>& groups) {
    StyledText line;
    for (const StyledText& group : groups) {
      if (group.empty()) continue;
      if (!line.empty() && width_ != 0 && line.width() + 2 + group.width() > width_) {
        add_line(line);
        line = StyledText();
      }
      if (!line.empty()) line.add(kGap);
      line.add(group);
    }
    if (!line.empty()) add_line(line);
  }

  // `text` folded between words, every line beginning as wide as `before`.
  void add_folded(StyledText before, Style style, std::string_view text) {
    const size_t indent = before.width();
    size_t room = width_ == 0 ? text.size() : width_ - std::min(width_ - 20, indent);
    while (text_width(text) > room) {
      std::string_view part = fit(text, room);
      const size_t space = part.find_last_of(' ');
      if (space != std::string_view::npos && space > 0) part = part.substr(0, space);
      add_line(before.add(style, std::string(part)));
      text.remove_prefix(part.size());
      while (text.starts_with(' ')) text.remove_prefix(1);
      before = StyledText(Style::plain, std::string(indent, ' '));
    }
    add_line(before.add(style, std::string(text)));
  }

  void add_head() {
    if (session_ == nullptr) return;
    const v1::Session& s = *session_;
    std::vector<StyledText> groups;
    groups.emplace_back(Style::strong, who_text(s));
    groups.emplace_back(Style::plain, "session " + visible(s.name()));
    std::string where = terminal_text(s);
    const std::string from = from_text(s.source());
    if (!from.empty()) where += (where.empty() ? "from " : " from ") + from;
    groups.emplace_back(Style::plain, where);
    std::string method = visible(s.method());
    if (!s.key_fingerprint().empty()) {
      method += (method.empty() ? "" : " ") + visible(s.key_fingerprint());
    }
    groups.emplace_back(Style::plain, method);
    add_groups(groups);
    add_groups({time_group(s), counts_group(s)});
    out_ += '\n';
  }

  StyledText time_group(const v1::Session& s) {
    if (s.started_ns() == 0) return {Style::quiet, "start not known"};
    const LocalTime start = local_time(s.started_ns());
    const int64_t last_ns = s.ended_ns() != 0 ? s.ended_ns() : s.last_ns();
    const LocalTime last = local_time(last_ns);
    day_ = start.date + " " + start.offset;
    std::string text = start.date + kGap + start.clock;
    if (s.ended_ns() == 0) {
      StyledText open(Style::plain, text + " " + start.offset + " → ");
      open.add(Style::good, "open");
      if (last_ns > s.started_ns()) {
        open.add(", last event " + (last.date == start.date ? "" : last.date + " ") + last.clock);
        if (last.offset != start.offset) open.add(" " + last.offset);
      }
      return open;
    }
    if (last.offset != start.offset) text += " " + start.offset;
    text += " → " + (last.date == start.date ? "" : last.date + " ") + last.clock;
    text += " " + last.offset + " (" + duration_text(last_ns - s.started_ns()) + ")";
    return {Style::plain, std::move(text)};
  }

  static StyledText counts_group(const v1::Session& s) {
    StyledText out;
    const auto add = [&](uint64_t count, Style style, const std::string& text) {
      if (count == 0) return;
      if (!out.empty()) out.add(Style::quiet, " · ");
      out.add(style, text);
    };
    add(1, Style::plain, counted(s.commands(), "command"));
    add(s.commands_as_root(), Style::bad, grouped(s.commands_as_root()) + " as root");
    add(s.commands_failed(), Style::bad, grouped(s.commands_failed()) + " failed");
    if (s.ended_ns() == 0) {
      add(s.commands_running(), Style::good, grouped(s.commands_running()) + " running");
    } else {
      add(s.commands_running(), Style::warning, grouped(s.commands_running()) + " end unseen");
    }
    add(s.losses(), Style::warning, counted(s.losses(), "loss", "losses"));
    add(s.events_incomplete(), Style::warning, grouped(s.events_incomplete()) + " incomplete");
    add(s.opening_seen() ? 0 : 1, Style::warning, "opening not seen");
    return out;
  }

  void collect_rows() {
    const size_t depth_max =
        width_ == 0 ? kDepthMax : std::min(kDepthMax, std::max<size_t>(4, width_ / 5));
    for (const TreeLine& line : tree_lines(items_, depth_max)) {
      const v1::TrailItem& item = items_[line.item];
      if (item.has_command()) {
        collect_command(item.command(), line);
      } else if (item.has_loss()) {
        const v1::Loss& loss = item.loss().loss();
        Row row{time_cell(loss.from_ns() != 0 ? loss.from_ns() : item.loss().time_ns(), line.above),
                "", {}, "", {}, true};
        row.text.add(Style::alarm, "— " + loss_text(loss) + " —");
        rows_.push_back(std::move(row));
      } else if (item.has_event()) {
        const StyledText text = event_text(item.event().event());
        if (text.empty()) continue;
        Row row{time_cell(item.event().event().time_ns(), line.above), line.stem, {}, "", {}};
        row.text.add(Style::quiet, "· ").add(text);
        rows_.push_back(std::move(row));
      } else {
        Row row{"", line.stem, {}, "", {}};
        row.text.add(Style::warning, "· something that this program is too old to know");
        rows_.push_back(std::move(row));
      }
    }
  }

  void collect_command(const v1::Command& command, const TreeLine& line) {
    const std::string time = time_cell(command.started_ns(), line.above);
    if (!command.cwd().empty() && command.cwd() != cwd_) {
      cwd_ = command.cwd();
      rows_.push_back({"", line.above, {Style::quiet, "in " + shell_quote(cwd_)}, "", {}});
    }
    Row row{time, line.stem, {}, "", end_text(command, session_ended())};
    add_user_mark(command, line, row.text);
    const std::string words = command_line(command);
    row.text.add(words.empty() ? StyledText(Style::warning, "unknown program")
                               : StyledText(Style::plain, words));
    if (command.args().empty()) row.text.add(Style::warning, " (arguments not known)");
    if (command.ended_ns() != 0 && command.started_ns() != 0) {
      row.duration = duration_text(command.ended_ns() - command.started_ns());
    }
    rows_.push_back(std::move(row));
    const std::string hidden = hidden_program(command);
    if (!hidden.empty()) add_note(line, "ran " + hidden);
    const std::string incomplete = incomplete_text(command);
    if (!incomplete.empty()) add_note(line, incomplete);
  }

  void add_note(const TreeLine& line, const std::string& text) {
    rows_.push_back({"", line.below, {Style::warning, "! " + text}, "", {}});
  }

  // Whoever acts with another's rights is named on every line: one read alone is not misread.
  void add_user_mark(const v1::Command& command, const TreeLine& line, StyledText& text) {
    const v1::Command& parent = items_[line.parent].command();
    const bool login_uid_known = session_ != nullptr && session_->has_login_uid();
    const bool said_nowhere = line.parent == line.item && !login_uid_known;
    if (!command.other_user() && command.uid() == parent.uid() && !said_nowhere) return;
    const std::string user =
        command.user().empty() ? "uid " + std::to_string(command.uid()) : visible(command.user());
    text.add(command.uid() == 0 ? Style::alarm : Style::warning, "[" + user + "]").add(" ");
  }

  // A line of its own tells where a new day begins, or where the clocks change.
  std::string time_cell(int64_t ns, const std::string& above) {
    if (ns == 0) return "";
    const LocalTime time = local_time(ns);
    const std::string day = time.date + " " + time.offset;
    if (day != day_) rows_.push_back({"", above, {Style::strong, day}, "", {}});
    day_ = day;
    return time.clock + time.millis;
  }

  bool session_ended() const { return session_ != nullptr && session_->ended_ns() != 0; }

  void measure() {
    size_t longest = 0;
    for (const Row& row : rows_) {
      duration_columns_ = std::max(duration_columns_, row.duration.size());
      end_columns_ = std::max(end_columns_, row.end.width());
      if (has_columns(row)) longest = std::max(longest, text_width(row.stem) + row.text.width());
    }
    if (width_ != 0) {
      size_t taken = kTimeColumns + 2;
      if (duration_columns_ != 0) taken += 2 + duration_columns_;
      if (end_columns_ != 0) taken += 2 + end_columns_;
      command_room_ = std::max(kCommandColumnsMin, width_ - std::min(width_, taken));
      longest = std::min(longest, command_room_);
    }
    command_columns_ = std::min(longest, kCommandColumnsMax);
  }

  static bool has_columns(const Row& row) { return !row.duration.empty() || !row.end.empty(); }

  void add_row(const Row& row) {
    StyledText line(Style::quiet, row.time);
    line.pad(kTimeColumns + 2);
    if (row.fold) return add_folded(line, Style::alarm, row.text.render(false));
    StyledText text(Style::quiet, row.stem);
    text.add(row.text);
    if (!has_columns(row)) {
      if (width_ != 0) text.cut(width_ - kTimeColumns - 2);
      return add_line(line.add(text));
    }
    if (width_ != 0) text.cut(command_room_);
    text.pad(command_columns_);
    line.add(text).add(kGap);
    line.add(std::string(duration_columns_ - row.duration.size(), ' ')).add(row.duration);
    if (!row.end.empty()) line.add(kGap).add(row.end);
    add_line(line);
  }

  const std::vector<v1::TrailItem>& items_;
  const bool colour_;
  const size_t width_;
  const v1::Session* session_ = nullptr;
  std::string day_;   // of the line above
  std::string cwd_;   // of the command above
  std::vector<Row> rows_;
  size_t command_columns_ = 0;  // where the columns after the command begin
  size_t command_room_ = 0;     // where a command is cut
  size_t duration_columns_ = 0;
  size_t end_columns_ = 0;
  std::string out_;
};

}  // namespace

std::string render_trail(const std::vector<v1::TrailItem>& items, const ViewOptions& options) {
  return TrailView(items, options).render();
}

}  // namespace spoor::cli
