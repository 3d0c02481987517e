#include "collector/cli/events_view.h"

#include <algorithm>

#include "collector/cli/own_event_words.h"
#include "collector/cli/styled_text.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

constexpr size_t kGap = 2;
// A column as wide as the longest name would leave nothing for the words.
constexpr size_t kAgentColumnsMax = 24;

StyledText agent_cell(const v1::OwnEvent& event) {
  if (event.agents().empty()) return {Style::quiet, "collector"};
  std::string text = visible(event.agents(0));
  if (event.agents_size() > 1) text += " …";
  StyledText out(Style::strong, text);
  if (out.width() > kAgentColumnsMax) out.cut(kAgentColumnsMax);
  return out;
}

}  // namespace

std::string render_events(const std::vector<v1::OwnEvent>& events, const ViewOptions& options) {
  size_t width = 0;
  for (const v1::OwnEvent& event : events) width = std::max(width, agent_cell(event).width());
  std::string out, day;
  for (const v1::OwnEvent& event : events) {
    const LocalTime time = local_time(event.event().time_ns());
    if (time.date != day) {
      day = time.date;
      StyledText line(Style::quiet, day + " " + time.offset);
      out += line.render(options.colour) + '\n';
    }
    StyledText line(Style::plain, time.clock);
    line.pad(line.width() + kGap);
    const size_t start = line.width();
    line.add(agent_cell(event));
    line.pad(start + width + kGap);
    line.add(own_event_text(event.event()));
    if (options.width != 0 && line.width() > options.width) line.cut(options.width);
    out += line.render(options.colour) + '\n';
  }
  return out;
}

}  // namespace spoor::cli
