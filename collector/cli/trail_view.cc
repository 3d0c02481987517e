#include "collector/cli/trail_view.h"

#include <algorithm>
#include <map>

#include "collector/cli/event_words.h"
#include "collector/cli/styled_text.h"
#include "collector/cli/trail_head.h"
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
  bool fold = false;  // an alarm, never cut: continued on lines of its own
};

class TrailView {
 public:
  TrailView(const std::vector<v1::TrailItem>& items, const ViewOptions& options)
      : items_(items),
        options_(options),
        width_(options.width == 0 ? 0 : std::max(options.width, kWidthMin)) {}

  std::string render() {
    if (!items_.empty() && items_.front().has_session()) session_ = &items_.front().session();
    add_head();
    collect_rows();
    if (rows_.empty()) {
      const bool is_part = options_.filter.has_kinds() ||
                           options_.filter.since_ns != TrailFilter{}.since_ns;
      add_line(StyledText(Style::quiet, is_part ? "Nothing of this session fits; without --files, "
                                                  "--network, --input and --since all is shown."
                                                : "No commands have been seen in this session."));
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
  void add_line(const StyledText& line) { out_ += line.render(options_.colour) + '\n'; }

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
    for (const Groups& groups : head_lines(*session_)) add_groups(groups);
    if (session_->started_ns() != 0) {
      const LocalTime start = local_time(session_->started_ns());
      day_ = start.date + " " + start.offset;
    }
    out_ += '\n';
  }

  std::vector<TreeLine> lines() const {
    if (!options_.flat) {
      const size_t depth_max =
          width_ == 0 ? kDepthMax : std::min(kDepthMax, std::max<size_t>(4, width_ / 5));
      return tree_lines(items_, depth_max);
    }
    std::vector<TreeLine> out;
    for (size_t i = 0; i < items_.size(); ++i) {
      if (!items_[i].has_session() && !items_[i].has_lag()) out.push_back({i, i, "", "", ""});
    }
    return out;
  }

  void collect_rows() {
    const std::vector<TreeLine> all = lines();
    for (const TreeLine& line : all) {
      if (is_run(line)) ++runs_[run_of(line)].lines;
      if (options_.flat && items_[line.item].has_command())
        commands_[items_[line.item].command().number()] = line.item;
    }
    for (const TreeLine& line : all) {
      const v1::TrailItem& item = items_[line.item];
      if (item.has_command()) {
        // In a flat view what was asked for names its command itself.
        if (!options_.flat || !options_.filter.has_kinds()) collect_command(item.command(), line);
      } else if (item.has_loss()) {
        const v1::Loss& loss = item.loss().loss();
        Row row{time_cell(loss.from_ns() != 0 ? loss.from_ns() : item.loss().time_ns(), line.above),
                "", {}, "", {}, true};
        row.text.add(Style::alarm, "— " + loss_text(loss) + " —");
        rows_.push_back(std::move(row));
      } else if (item.has_event()) {
        collect_event(item.event(), line);
      } else {
        Row row{"", line.stem, {}, "", {}};
        row.text.add(Style::warning, "· something that this program is too old to know");
        rows_.push_back(std::move(row));
      }
    }
  }

  void collect_event(const v1::TrailEvent& event, const TreeLine& line) {
    if (is_run(line) && !is_shown(runs_[run_of(line)], event, line)) return;
    const StyledText text = event_text(event.event());
    if (text.empty()) return;
    Row row{time_cell(event.event().time_ns(), line.above), line.stem, {}, "", {}};
    if (options_.flat) row.text.add(doer(event.command()));
    row.text.add(Style::quiet, "· ").add(text);
    row.fold = event.event().has_disbelieved_record() || event.event().log_message().disbelieved();
    rows_.push_back(std::move(row));
  }

  // Which command, in a view that does not show it by its place: `[2003] vim `.
  StyledText doer(uint64_t number) const {
    const auto found = commands_.find(number);
    if (found == commands_.end()) return {};
    const v1::Command& command = items_[found->second].command();
    const std::string& program = command.args_size() > 0 ? command.args(0) : command.exe();
    StyledText out = process_mark(command);
    return out.add(shell_quote(program.substr(program.find_last_of('/') + 1), true) + " ");
  }

  static StyledText process_mark(const v1::Command& command) {
    return {Style::quiet, "[" + std::to_string(command.pid()) + "] "};
  }

  // Lines of one command and one kind that may be many.
  struct Run {
    size_t lines = 0;
    size_t seen = 0;
    size_t refused = 0;  // of those that are not shown
  };
  using RunKey = std::pair<size_t, v1::Event::KindCase>;

  RunKey run_of(const TreeLine& line) const {
    return {line.parent, items_[line.item].event().event().kind_case()};
  }
  bool is_run(const TreeLine& line) const {
    if (options_.flat || line.parent == line.item) return false;
    const v1::Event::KindCase kind = items_[line.item].event().event().kind_case();
    return (kind == v1::Event::kFileAccess && !options_.filter.files) ||
           (kind == v1::Event::kNetwork && !options_.filter.network);
  }

  // The last of a run says for all that were left out how many they are.
  bool is_shown(Run& run, const v1::TrailEvent& event, const TreeLine& line) {
    const size_t number = ++run.seen;
    if (number <= kRunMax || run.lines == kRunMax + 1) return true;
    run.refused += event.event().outcome().result() == v1::Outcome::RESULT_FAILURE;
    if (number < run.lines) return false;
    const bool is_file = event.event().has_file_access();
    Row row{"", line.stem, {}, "", {}};
    row.text.add(Style::quiet, "… " + grouped(run.lines - kRunMax) +
                                   (is_file ? " more of its files" : " more of its connections"));
    if (run.refused != 0) row.text.add(Style::bad, ", " + grouped(run.refused) + " failed");
    row.text.add(Style::quiet, is_file ? " (--files shows all)" : " (--network shows all)");
    rows_.push_back(std::move(row));
    return false;
  }

  void collect_command(const v1::Command& command, const TreeLine& line) {
    const std::string time = time_cell(command.started_ns(), line.above);
    if (!options_.flat && !command.cwd().empty() && command.cwd() != cwd_) {
      cwd_ = command.cwd();
      rows_.push_back({"", line.above, {Style::quiet, "in " + shell_quote(cwd_)}, "", {}});
    }
    Row row{time, line.stem, {}, "", end_text(command, session_ended())};
    if (options_.flat) row.text.add(process_mark(command));
    add_user_mark(command, line, row.text);
    const std::string words = command_line(command);
    row.text.add(words.empty() ? StyledText(Style::warning, "unknown program")
                               : StyledText(Style::plain, words));
    // The kernel writes none of a start that failed.
    if (command.args().empty() && command.end() != v1::Command::END_FAILED_START)
      row.text.add(Style::warning, " (arguments not known)");
    if (command.ended_ns() != 0 && command.started_ns() != 0) {
      row.duration = duration_text(command.ended_ns() - command.started_ns());
    }
    const std::string hidden = hidden_program(command);
    std::vector<std::string> notes;
    if (!hidden.empty()) notes.push_back("! ran " + hidden);
    const std::string incomplete = incomplete_text(command);
    if (!incomplete.empty()) notes.push_back("! " + incomplete);
    if (options_.flat) {
      for (const std::string& note : notes) row.text.add(Style::warning, "  " + note);
      notes.clear();
    }
    rows_.push_back(std::move(row));
    for (const std::string& note : notes)
      rows_.push_back({"", line.below, {Style::warning, note}, "", {}});
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

  bool session_ended() const { return session_ != nullptr && has_ended(*session_); }

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
    StyledText text(Style::quiet, row.stem);
    if (row.fold) return add_folded(line.add(text), Style::alarm, row.text.render(false));
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
  const ViewOptions& options_;
  const size_t width_;
  const v1::Session* session_ = nullptr;
  std::string day_;   // of the line above
  std::string cwd_;   // of the command above
  std::map<RunKey, Run> runs_;
  std::map<uint64_t, size_t> commands_;  // of a flat view: items by number
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
