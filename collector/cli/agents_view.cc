#include "collector/cli/agents_view.h"

#include <algorithm>
#include <cctype>

#include "collector/cli/styled_text.h"
#include "common/clock.h"
#include "common/quoting.h"
#include "common/time_format.h"

namespace spoor::cli {
namespace {

constexpr size_t kGap = 2;
constexpr int64_t kDayNs = 24 * 3600 * kNsPerSecond;

enum Column { kAgent, kState, kSeen, kBehind, kLost, kSpool, kCertificate, kVersion, kLabels,
              kColumns };
constexpr const char* kNames[kColumns] = {"AGENT", "STATE", "SEEN",    "BEHIND", "LOST",
                                          "SPOOL", "CERT",  "VERSION", "LABELS"};
constexpr bool kRight[kColumns] = {false, false, true, true, true, true, true, false, false};

using Cells = std::vector<StyledText>;

Style style_of(v1::Agent::State state) {
  switch (state) {
    case v1::Agent::STATE_CONNECTED: return Style::good;
    case v1::Agent::STATE_BEHIND:
    case v1::Agent::STATE_SKEWED:
    case v1::Agent::STATE_EXPIRED: return Style::warning;
    case v1::Agent::STATE_REVOKED: return Style::quiet;
    default: return Style::alarm;
  }
}

StyledText states(const v1::Agent& agent) {
  StyledText out;
  for (int i = 0; i < agent.states_size(); ++i) {
    if (i > 0) out.add(Style::quiet, ",");
    out.add(style_of(agent.states(i)), state_word(agent.states(i)));
  }
  if (agent.bad_checkpoint_ns() > 0) out.add(Style::alarm, " (bad checkpoint)");
  return out;
}

StyledText dash() { return {Style::quiet, "-"}; }

// How long ago; `-`: never.
StyledText ago(int64_t then_ns, int64_t now_ns) {
  if (then_ns <= 0) return dash();
  return {Style::plain, duration_text(std::max<int64_t>(now_ns - then_ns, 0))};
}

StyledText spool(const v1::Agent& agent) {
  if (agent.spool_bytes_max() == 0) return dash();
  const uint64_t part =
      std::min<uint64_t>(agent.spool_bytes() / (agent.spool_bytes_max() / 100 + 1), 100);
  return {part >= 90 ? Style::alarm : Style::plain, std::to_string(part) + " %"};
}

StyledText certificate(const v1::Agent& agent, int64_t now_ns) {
  if (!agent.enrolled()) return dash();
  const int64_t left_ns = agent.certificate_until_ns() - now_ns;
  if (left_ns <= 0) return {Style::warning, "over"};
  const int64_t days = left_ns / kDayNs;
  return {Style::plain, days > 0 ? std::to_string(days) + " d" : duration_text(left_ns)};
}

StyledText labels(const v1::Agent& agent) {
  std::vector<std::string> sorted;
  for (const auto& [key, value] : agent.labels()) sorted.push_back(key + "=" + value);
  std::sort(sorted.begin(), sorted.end());
  std::string out;
  for (const std::string& label : sorted) out += (out.empty() ? "" : ",") + visible(label);
  return out.empty() ? dash() : StyledText(Style::plain, out);
}

Cells cells_of(const v1::Agent& agent, int64_t now_ns) {
  Cells cells(kColumns);
  cells[kAgent] = {Style::strong, visible(agent.name())};
  cells[kState] = states(agent);
  cells[kSeen] = ago(agent.last_seen_ns(), now_ns);
  cells[kBehind] = ago(agent.oldest_unsent_ns(), now_ns + agent.clock_offset_ns());
  cells[kLost] = agent.lost_total() == 0 ? dash()
                                         : StyledText(Style::alarm, grouped(agent.lost_total()));
  cells[kSpool] = spool(agent);
  cells[kCertificate] = certificate(agent, now_ns);
  cells[kVersion] =
      agent.version().empty() ? dash() : StyledText(Style::plain, visible(agent.version()));
  cells[kLabels] = labels(agent);
  return cells;
}

}  // namespace

std::string state_word(v1::Agent::State state) {
  const std::string name = v1::Agent::State_Name(state);
  constexpr size_t kPrefix = sizeof "STATE_" - 1;
  // One that a newer collector has.
  if (name.size() <= kPrefix) return std::to_string(static_cast<int>(state));
  std::string out = name.substr(kPrefix);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

v1::Agent::State state_of_word(const std::string& word) {
  for (int i = v1::Agent::State_MIN; i <= v1::Agent::State_MAX; ++i) {
    const auto state = static_cast<v1::Agent::State>(i);
    if (v1::Agent::State_IsValid(i) && state_word(state) == word) return state;
  }
  return v1::Agent::STATE_UNSPECIFIED;
}

std::string render_agents(const std::vector<v1::Agent>& agents, int64_t now_ns,
                          const ViewOptions& options) {
  if (agents.empty()) return "";
  std::vector<Cells> rows(1, Cells(kColumns));
  for (size_t i = 0; i < kColumns; ++i) rows[0][i] = {Style::quiet, kNames[i]};
  for (const v1::Agent& agent : agents) rows.push_back(cells_of(agent, now_ns));
  std::vector<size_t> widths(kColumns, 0);
  for (const Cells& row : rows)
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].width());
  const auto total = [&] {
    size_t out = 0;
    for (const size_t width : widths) out += width == 0 ? 0 : width + kGap;
    return out - kGap;
  };
  for (const Column column : {kLabels, kVersion, kCertificate, kSpool})
    if (options.width != 0 && total() > options.width) widths[column] = 0;
  std::string out;
  for (const Cells& row : rows) {
    StyledText line;
    size_t start = 0;
    for (size_t i = 0; i < kColumns; ++i) {
      if (widths[i] == 0) continue;
      line.pad(start + (kRight[i] ? widths[i] - row[i].width() : 0));
      line.add(row[i]);
      start += widths[i] + kGap;
    }
    out += line.render(options.colour) + '\n';
  }
  return out;
}

}  // namespace spoor::cli
