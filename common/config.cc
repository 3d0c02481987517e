#include "common/config.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "common/yaml_document.h"

namespace spoor {
namespace {

struct Problem {
  int line;
  std::string what;
};

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// A whole decimal number with an optional sign and nothing after it.
template <typename T>
bool parse_number(std::string_view text, T& out) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && stop == end;
}

bool parse_bytes(std::string_view text, uint64_t& out) {
  int shift = 0;
  for (const auto& [unit, bits] : {std::pair{"KiB", 10}, {"MiB", 20}, {"GiB", 30}}) {
    if (!text.ends_with(unit)) continue;
    shift = bits;
    text.remove_suffix(3);
    while (text.ends_with(' ')) text.remove_suffix(1);
    break;
  }
  if (!parse_number(text, out) || out > UINT64_MAX >> shift) return false;
  out <<= shift;
  return true;
}

}  // namespace

struct ConfigReader::State {
  std::string path;
  YAML::Node root;
  std::set<std::string, std::less<>> keys;  // every key asked for
  std::vector<Problem> problems;

  void problem(const YAML::Mark& mark, std::string what) {
    problems.push_back({mark.line + 1, std::move(what)});
  }
  // Keys are compared by hand: operator[] of a node throws where the tree is not as expected.
  static YAML::Node child(const YAML::Node& map, std::string_view name, YAML::Mark& mark) {
    for (const auto& entry : map) {
      if (!entry.first.IsScalar() || entry.first.Scalar() != name) continue;
      mark = entry.first.Mark();
      return entry.second;
    }
    return YAML::Node(YAML::NodeType::Undefined);
  }
  // `mark` becomes the key's: an empty value's own lies on the next line.
  YAML::Node find(std::string_view key, YAML::Mark& mark) {
    keys.emplace(key);
    return look(key, mark);
  }
  YAML::Node look(std::string_view key, YAML::Mark& mark) const {
    YAML::Node node;
    node.reset(root);
    for (size_t start = 0; start <= key.size();) {
      if (!node.IsDefined() || !node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
      const size_t dot = std::min(key.find('.', start), key.size());
      node.reset(child(node, key.substr(start, dot - start), mark));
      start = dot + 1;
    }
    return node;
  }
  // The scalar under `key`; nothing when it is absent or, which is a problem, not a scalar.
  bool scalar(std::string_view key, const char* expected, std::string& out, YAML::Mark& mark) {
    const YAML::Node node = find(key, mark);
    if (!node.IsDefined()) return false;
    if (!node.IsScalar()) {
      problem(mark, std::string(key) + ": expected " + expected);
      return false;
    }
    out = node.Scalar();
    return true;
  }
  // Names below `map` that nobody asked for, names given twice, and maps that are none.
  void walk(const YAML::Node& map, const std::string& prefix) {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const YAML::Mark mark = entry.first.Mark();
      if (!entry.first.IsScalar()) {
        problem(mark, "a key must be a plain word");
        continue;
      }
      const std::string key = prefix + entry.first.Scalar();
      if (!seen.insert(key).second) problem(mark, key + ": given twice");
      if (keys.contains(key)) continue;
      const auto below = keys.lower_bound(key + ".");
      if (below == keys.end() || !below->starts_with(key + ".")) {
        problem(mark, key + ": unknown key");
      } else if (entry.second.IsMap()) {
        walk(entry.second, key + ".");
      } else if (!entry.second.IsNull()) {
        problem(mark, key + ": expected keys below it");
      }
    }
  }
};

ConfigReader::ConfigReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigReader::ConfigReader(ConfigReader&&) noexcept = default;
ConfigReader::~ConfigReader() = default;

ConfigReader ConfigReader::read(std::string path, const std::string& yaml) {
  auto state = std::make_unique<State>();
  state->path = std::move(path);
  try {
    const YamlDocument document = load_yaml(yaml);
    if (document.second) state->problem(*document.second, "a second document");
    state->root.reset(document.root);
    if (!state->root.IsMap() && !state->root.IsNull()) {
      state->problem(state->root.Mark(), "expected keys and values");
    }
  } catch (const YAML::Exception& e) {
    state->problem(e.mark, e.msg);
  }
  return ConfigReader(std::move(state));
}

void ConfigReader::text(std::string_view key, std::string& target) {
  std::string value;
  YAML::Mark mark;
  if (state_->scalar(key, "a text", value, mark)) target = value;
}

void ConfigReader::absolute_path(std::string_view key, std::string& target) {
  std::string value;
  YAML::Mark mark;
  if (!state_->scalar(key, "an absolute path", value, mark)) return;
  if (!value.starts_with('/')) {
    return state_->problem(mark, std::string(key) + ": expected an absolute path, not " + value);
  }
  target = value;
}

void ConfigReader::integer(std::string_view key, int64_t& target, int64_t least,
                           int64_t greatest) {
  const std::string range =
      "a number from " + std::to_string(least) + " to " + std::to_string(greatest);
  std::string value;
  YAML::Mark mark;
  if (!state_->scalar(key, range.c_str(), value, mark)) return;
  int64_t number = 0;
  if (!parse_number(value, number) || number < least || number > greatest) {
    return state_->problem(mark, std::string(key) + ": expected " + range + ", not " + value);
  }
  target = number;
}

void ConfigReader::bytes(std::string_view key, uint64_t& target, uint64_t least,
                         uint64_t greatest) {
  const std::string range =
      std::to_string(least) + " to " + std::to_string(greatest) + " bytes (KiB, MiB, GiB)";
  std::string value;
  YAML::Mark mark;
  if (!state_->scalar(key, range.c_str(), value, mark)) return;
  uint64_t number = 0;
  if (!parse_bytes(value, number) || number < least || number > greatest) {
    return state_->problem(mark, std::string(key) + ": expected " + range + ", not " + value);
  }
  target = number;
}

void ConfigReader::boolean(std::string_view key, bool& target) {
  std::string value;
  YAML::Mark mark;
  if (!state_->scalar(key, "true or false", value, mark)) return;
  if (value != "true" && value != "false") {
    return state_->problem(mark, std::string(key) + ": expected true or false, not " + value);
  }
  target = value == "true";
}

void ConfigReader::text_list(std::string_view key, std::vector<std::string>& target) {
  YAML::Mark mark;
  const YAML::Node node = state_->find(key, mark);
  if (!node.IsDefined()) return;
  std::vector<std::string> values;
  bool good = node.IsSequence();
  for (size_t i = 0; good && i < node.size(); ++i) {
    good = node[i].IsScalar();
    if (good) values.push_back(node[i].Scalar());
  }
  if (!good) return state_->problem(mark, std::string(key) + ": expected a list of texts");
  target = std::move(values);
}

void ConfigReader::one_of(std::string_view key, std::string& target,
                          std::vector<std::string> allowed) {
  const std::string choice = "one of " + join(allowed);
  std::string value;
  YAML::Mark mark;
  if (!state_->scalar(key, choice.c_str(), value, mark)) return;
  if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
    return state_->problem(mark, std::string(key) + ": expected " + choice + ", not " + value);
  }
  target = value;
}

std::optional<std::string> ConfigReader::place(std::string_view key) const {
  YAML::Mark mark;
  if (!state_->look(key, mark).IsDefined()) return std::nullopt;
  return state_->path + ":" + std::to_string(mark.line + 1);
}

void ConfigReader::reject(std::string_view key, const std::string& what) {
  YAML::Mark mark;
  state_->find(key, mark);
  state_->problem(mark, std::string(key) + ": " + what);
}

std::vector<std::string> ConfigReader::finish() {
  if (state_->root.IsMap()) state_->walk(state_->root, "");
  std::stable_sort(state_->problems.begin(), state_->problems.end(),
                   [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::vector<std::string> out;
  for (const Problem& p : state_->problems) {
    out.push_back(state_->path + ":" + std::to_string(p.line) + ": " + p.what);
  }
  return out;
}

}  // namespace spoor
