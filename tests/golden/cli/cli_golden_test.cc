// What people and programs see, whole: each NAME.textproto here is rendered as NAME.80.txt,
// NAME.120.txt, NAME.200.txt (terminals of that width), NAME.colour.txt (120 columns with colour),
// NAME.plain.txt (no terminal) and NAME.jsonl; story.textproto in the views of `spoor trail`, too.
// Items of a trail are divided by lines of `---`; sessions*.textproto holds one SessionsResponse.
// SPOOR_WRITE_GOLDEN=1 writes what is printed now.
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "collector/cli/sessions_view.h"
#include "collector/cli/trail_view.h"
#include "common/text_width.h"
#include "proto/json.h"

namespace spoor::cli {
namespace {

namespace fs = std::filesystem;

// Central Europe by rule: the summer's end is in the data, and no zone files are needed.
constexpr const char* kZone = "CET-1CEST,M3.5.0,M10.5.0/3";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<v1::TrailItem> read_items(const fs::path& path) {
  std::vector<v1::TrailItem> items;
  std::istringstream in(read(path));
  std::string block;
  for (std::string line; std::getline(in, line);) {
    if (line != "---") {
      block += line + '\n';
      continue;
    }
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(block, &items.emplace_back()));
    block.clear();
  }
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(block, &items.emplace_back()));
  return items;
}

void expect_golden(const std::string& name, const std::string& actual) {
  const fs::path path = fs::path(SPOOR_GOLDEN) / name;
  if (std::getenv("SPOOR_WRITE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  ASSERT_TRUE(fs::exists(path)) << path;
  EXPECT_EQ(actual, read(path)) << name;
}

// What must hold for any input: no control character, and no line wider than the terminal.
void expect_harmless(const std::string& text, size_t width) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (width != 0) {
      EXPECT_LE(text_width(line), width) << line;
    }
    EXPECT_FALSE(line.ends_with(' ')) << line;
    for (std::string_view rest = line; !rest.empty();) {
      const Glyph glyph = first_glyph(rest);
      EXPECT_TRUE(glyph.safe) << line;
      rest.remove_prefix(glyph.bytes);
    }
  }
}

template <typename Render>
void check_views(const std::string& name, const Render& render) {
  for (const size_t width : {80, 120, 200}) {
    const std::string text = render(ViewOptions{width, false});
    expect_harmless(text, width);
    expect_golden(name + "." + std::to_string(width) + ".txt", text);
  }
  const std::string plain = render(ViewOptions{0, false});
  expect_harmless(plain, 0);
  expect_golden(name + ".plain.txt", plain);
  expect_golden(name + ".colour.txt", render(ViewOptions{120, true}));
}

// `spoor trail` with each of its views, in 120 columns.
void check_parts(const std::string& name, const std::vector<v1::TrailItem>& items) {
  ViewOptions flat{120, false, true};
  ViewOptions files{120};
  ViewOptions network{120};
  ViewOptions input{120, false, true};
  files.filter.files = true;
  network.filter.network = true;
  input.filter.input = true;
  const std::pair<const char*, const ViewOptions*> views[] = {
      {"flat", &flat}, {"files", &files}, {"network", &network}, {"input_flat", &input}};
  for (const auto& [view, options] : views) {
    const std::string text = render_trail(of_kinds(items, options->filter), *options);
    expect_harmless(text, options->width);
    expect_golden(name + "." + view + ".txt", text);
  }
}

class CliGolden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    setenv("TZ", kZone, 1);
    tzset();
  }
};

TEST_P(CliGolden, PrintsWhatItPrinted) {
  const fs::path path = fs::path(SPOOR_GOLDEN) / (GetParam() + ".textproto");
  std::string json;
  if (GetParam().starts_with("sessions")) {
    v1::SessionsResponse response;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(read(path), &response));
    const std::vector<v1::Session> sessions(response.sessions().begin(), response.sessions().end());
    check_views(GetParam(), [&](const ViewOptions& o) {
      const std::string hidden = hidden_text(response.hidden());
      return render_sessions(sessions, o) + (hidden.empty() ? "" : "\n" + hidden + "\n");
    });
    for (const v1::Session& session : sessions) json += to_json(session) + '\n';
  } else {
    const std::vector<v1::TrailItem> items = read_items(path);
    check_views(GetParam(), [&](const ViewOptions& o) { return render_trail(items, o); });
    if (GetParam() == "story") check_parts(GetParam(), items);
    for (const v1::TrailItem& item : items) json += to_json(item) + '\n';
  }
  expect_golden(GetParam() + ".jsonl", json);
}

std::vector<std::string> inputs() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(SPOOR_GOLDEN)) {
    if (entry.path().extension() == ".textproto") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(, CliGolden, testing::ValuesIn(inputs()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace spoor::cli
