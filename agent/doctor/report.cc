#include "agent/doctor/report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "agent/doctor/setting_lines.h"

namespace spoor::agent {
namespace {

constexpr size_t kLevelColumns = 9, kCheckColumns = 15;
constexpr size_t kMarkColumns = 3;
constexpr size_t kIndent = kLevelColumns + kCheckColumns;
constexpr size_t kTextColumnsLeast = 40;

// Newlines stay: they are ours. Bytes beyond ASCII are shown by number, whatever they encode.
std::string printable(const std::string& text) {
  std::string shown;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n' || (byte >= 0x20 && byte < 0x7f)) shown += c;
    else shown += fmt::format("\\x{:02x}", byte);
  }
  return shown;
}

// Words in lines of `columns`, a newline of the text's own kept.
std::vector<std::string> folded(const std::string& text, size_t columns) {
  std::vector<std::string> lines;
  for (const std::string_view paragraph : lines_of(text)) {
    std::string line;
    for (const std::string_view word : words_of(paragraph)) {
      if (!line.empty() && line.size() + 1 + word.size() > columns) {
        lines.push_back(std::move(line));
        line.clear();
      }
      line += (line.empty() ? "" : " ") + std::string(word);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::array<size_t, 4> counts(const std::vector<Finding>& findings) {
  std::array<size_t, 4> of{};
  for (const Finding& finding : findings) ++of[static_cast<size_t>(finding.level)];
  return of;
}

}  // namespace

bool is_whole(const std::vector<Finding>& findings) {
  return std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Level::missing || finding.level == Level::unknown;
  });
}

std::string text_report(const HostFacts& facts, const std::vector<Finding>& findings,
                        size_t columns, bool all) {
  const size_t width = std::max(columns, kIndent + kTextColumnsLeast) - kIndent;
  std::string text;
  for (const Finding& finding : findings) {
    if (finding.level == Level::ok && !all) continue;
    std::vector<std::string> lines = folded(printable(finding.what), width);
    if (!finding.fix.empty()) {
      const char* mark = "-> ";
      for (const std::string& line : folded(printable(finding.fix), width - kMarkColumns)) {
        lines.push_back(mark + line);
        mark = "   ";
      }
    }
    text += fmt::format("{:<{}}{:<{}}", level_name(finding.level), kLevelColumns, finding.check,
                        kCheckColumns);
    for (size_t i = 0; i < lines.size(); ++i) {
      text += (i == 0 ? "" : std::string(kIndent, ' ')) + lines[i] + "\n";
    }
  }
  const auto [missing, unknown, risk, well] = counts(findings);
  if (!text.empty()) text += "\n";
  text += fmt::format("{}, kernel {}: {}. {} missing, {} unknown, {} at risk, {} well.\n",
                      printable(facts.host), printable(facts.kernel),
                      is_whole(findings)  ? "the record is whole"
                      : missing == 0 ? "nobody knows whether the record is whole"
                                     : "the record is not whole",
                      missing, unknown, risk, well);
  return text;
}

std::string json_report(const HostFacts& facts, const std::vector<Finding>& findings, bool all) {
  // Nothing here throws: dump() is told what to do with bytes that are no UTF-8.
  const auto line = [](const nlohmann::ordered_json& object) {
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  };
  std::string text;
  for (const Finding& finding : findings) {
    if (finding.level == Level::ok && !all) continue;
    text += line({{"check", finding.check},
                  {"level", level_name(finding.level)},
                  {"what", finding.what},
                  {"fix", finding.fix}});
  }
  const auto [missing, unknown, risk, well] = counts(findings);
  text += line({{"host", facts.host},
                {"kernel", facts.kernel},
                {"whole", is_whole(findings)},
                {"missing", missing},
                {"unknown", unknown},
                {"risk", risk},
                {"ok", well}});
  return text;
}

}  // namespace spoor::agent
