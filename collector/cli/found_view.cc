#include "collector/cli/found_view.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "collector/cli/activity_words.h"
#include "collector/cli/event_words.h"
#include "collector/cli/styled_text.h"
#include "collector/cli/words.h"
#include "collector/language/moment.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

constexpr size_t kGap = 2;
// A column as wide as the longest name would leave nothing for what was done.
constexpr size_t kNameColumnsMax = 24;
constexpr size_t kBarColumns = 50;

enum Column { kTime, kEnd, kHost, kSession, kWho, kColumns };
using Cells = std::array<StyledText, kColumns>;

// `alice`, or `alice → root` where it was done as somebody else.
StyledText who_cell(const v1::FoundItem& item) {
  std::string login = visible(item.login_name());
  if (login.empty() && item.has_login_uid()) login = "uid " + std::to_string(item.login_uid());
  std::string as;
  if (item.has_command() && item.command().other_user()) {
    as = visible(item.command().user());
    if (as.empty()) as = "uid " + std::to_string(item.command().uid());
  } else if (item.has_event()) {
    as = visible(item.event().event().actor().name());
  }
  if (as.empty() || as == login) return {Style::plain, login.empty() ? "-" : login};
  StyledText out;
  if (!login.empty()) out.add(login + " → ");
  return out.add(Style::privilege, as);
}

// How a process ended whose start is not known.
StyledText end_of(const v1::ProcessEnded& ended) {
  v1::Command command;
  command.set_signal(ended.signal());
  command.set_exit_code(ended.exit_code());
  command.set_core_dumped(ended.core_dumped());
  if (ended.has_signal()) command.set_end(v1::Command::END_SIGNALED);
  if (ended.has_exit_code()) command.set_end(v1::Command::END_EXITED);
  return command.end() == v1::Command::END_UNKNOWN ? StyledText(Style::quiet, "end unseen")
                                                   : end_text(command, true);
}

// Of a command without one a search does not know why: it runs, the process went on as something
// else, or nobody saw it end. A trail does.
StyledText end_cell(const v1::FoundItem& item) {
  if (item.has_command() && item.command().end() == v1::Command::END_UNKNOWN)
    return {Style::quiet, "no end"};
  if (item.has_command()) return end_text(item.command(), false);
  const v1::Event& event = item.event().event();
  return event.has_process_ended() ? end_of(event.process_ended()) : StyledText();
}

StyledText what_cell(const v1::FoundItem& item) {
  if (item.has_command()) return {Style::strong, command_line(item.command())};
  const v1::Event& event = item.event().event();
  if (event.has_process_ended()) {
    return {Style::quiet, "process " + std::to_string(event.process_ended().process().pid()) +
                              " ended, its start is not known"};
  }
  StyledText out = event_text(event);
  if (!out.empty()) return out;
  const auto* field = v1::Event::descriptor()->FindFieldByNumber(event.kind_case());
  return {Style::quiet, field == nullptr ? "event" : std::string(field->name())};
}

Cells cells_of(const v1::FoundItem& item) {
  Cells out;
  const LocalTime time = local_time(item.time_ns());
  out[kTime].add(time.clock + time.millis);
  out[kEnd] = end_cell(item);
  out[kHost].add(visible(item.host()));
  out[kSession].add(item.session().empty() ? "-" : visible(item.session()));
  out[kWho] = who_cell(item);
  for (const Column column : {kHost, kSession, kWho}) {
    if (out[column].width() > kNameColumnsMax) out[column].cut(kNameColumnsMax);
  }
  return out;
}

}  // namespace

std::string range_text(const v1::AnswerHead& head) {
  const std::string since =
      head.since_ns() == 0 ? "the beginning" : collector::utc_text(head.since_ns());
  const std::string until = head.until_ns() == 0 ? "now" : collector::utc_text(head.until_ns());
  return "from " + since + " to " + until + " (UTC)";
}

std::string shortfall_text(const v1::AnswerHead& head) {
  std::string out;
  if (head.looked_through_all())
    out += "Fewer than three bytes to look for: every text was looked through.\n";
  if (head.unsure() > 0) {
    out += grouped(head.unsure()) + " more may fit: their texts are longer than the index keeps, "
           "and the log was not asked for so many.\n";
  }
  const std::string lag = lag_text(head.lag());
  return lag.empty() ? out : out + lag + "\n";
}

std::string render_found(const std::vector<v1::FoundItem>& items, const ViewOptions& options) {
  std::vector<Cells> rows;
  std::array<size_t, kColumns> widths{};
  for (const v1::FoundItem& item : items) {
    rows.push_back(cells_of(item));
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], rows.back()[i].width());
  }
  std::string out, day;
  for (size_t n = 0; n < items.size(); ++n) {
    const LocalTime time = local_time(items[n].time_ns());
    if (time.date != day) {
      day = time.date;
      out += StyledText(Style::quiet, day + " " + time.offset).render(options.colour) + '\n';
    }
    StyledText line;
    size_t start = 0;
    for (size_t i = 0; i < kColumns; ++i) {
      if (widths[i] == 0) continue;
      line.pad(start);
      line.add(rows[n][i]);
      start += widths[i] + kGap;
    }
    line.pad(start);
    line.add(what_cell(items[n]));
    if (options.width != 0 && line.width() > std::max(options.width, kWidthMin))
      line.cut(std::max(options.width, kWidthMin));
    out += line.render(options.colour) + '\n';
  }
  return out;
}

std::string render_histogram(const v1::HistogramResponse& histogram, const ViewOptions& options) {
  const auto& spans = histogram.spans();
  const auto is_any = [](const v1::HistogramSpan& span) { return span.count() > 0; };
  const auto first = std::find_if(spans.begin(), spans.end(), is_any);
  if (first == spans.end()) return "";
  const auto last = std::find_if(spans.rbegin(), spans.rend(), is_any).base();
  const auto most = std::max_element(first, last, [](const auto& a, const auto& b) {
    return a.count() < b.count();
  });
  const size_t columns = grouped(most->count()).size();
  std::string out;
  for (auto span = first; span != last; ++span) {
    const LocalTime time = local_time(span->begin_ns());
    StyledText line(Style::plain, time.date + " " + time.clock.substr(0, 5) + "  ");
    const std::string count = span->count() == 0 ? "-" : grouped(span->count());
    line.add(std::string(columns - count.size(), ' ') + count);
    // A span that is not empty has a bar that can be seen.
    const auto bar = static_cast<size_t>(
        (span->count() * kBarColumns + most->count() - 1) / std::max<uint64_t>(most->count(), 1));
    std::string blocks;
    for (size_t i = 0; i < bar; ++i) blocks += "▇";
    if (!blocks.empty()) line.add("  ").add(Style::good, blocks);
    if (options.width != 0 && line.width() > std::max(options.width, kWidthMin))
      line.cut(std::max(options.width, kWidthMin));
    out += line.render(options.colour) + '\n';
  }
  return out;
}

std::string caret_text(const std::string& query, const std::string& message) {
  constexpr std::string_view kColumn = "column ";
  size_t column = 0;
  const size_t at = message.find(kColumn);
  if (at == std::string::npos) return "";
  const char* const begin = message.data() + at + kColumn.size();
  const auto [end, error] = std::from_chars(begin, message.data() + message.size(), column);
  const bool is_shown = std::ranges::all_of(query, [](char c) { return c >= ' ' && c <= '~'; });
  if (error != std::errc() || column == 0 || column > query.size() + 1 || !is_shown) return "";
  return "  " + query + "\n  " + std::string(column - 1, ' ') + "^\n";
}

}  // namespace spoor::cli
