#include "agent/redact/redact_rules.h"

#include <algorithm>
#include <charconv>

#include "common/yaml_document.h"

namespace spoor::agent {
namespace {

constexpr size_t kNameBytesMax = 40;
constexpr size_t kPatternBytesMax = 4096;
constexpr int64_t kPatternMemoryMax = 512 << 10;
constexpr uint32_t kWrapperWordsMax = 8;
constexpr const char* kRuleKeys[] = {"name", "programs", "words", "in",   "text",
                                     "word", "after",    "value", "last"};

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

class Loader {
 public:
  void add(const RuleFile& file) {
    path_ = file.path;
    names_here_.clear();
    try {
      const YamlDocument document = load_yaml(file.yaml);
      if (document.second) problem(*document.second, "a second document");
      add_document(document.root);
    } catch (const YAML::Exception& e) {
      problem(e.mark, e.msg);
    }
  }

  LoadedRedactRules finish() {
    if (set_->rules.size() > kRedactRulesMax) {
      problems_.push_back(std::to_string(set_->rules.size()) + " redaction rules, at most " +
                          std::to_string(kRedactRulesMax));
      return {nullptr, std::move(problems_)};
    }
    std::vector<Literals::Entry> literals;
    for (uint32_t i = 0; i < set_->rules.size(); ++i) {
      const RedactRule& rule = set_->rules[i];
      if (rule.text) set_->text_rules.set(i);
      else if (!rule.programs.empty()) set_->program_rules.set(i);
      for (const std::string& program : rule.programs) {
        if (rule.word) set_->by_program[program].push_back(i);
      }
      for (const std::string& word : rule.words) {
        literals.push_back({word, i, false});
        if (word.size() != 3 || !word.ends_with(' ')) continue;
        set_->brief[word.substr(0, 2)].set(i);
        literals.push_back({std::string(1, '\0') + word.substr(0, 2), i, false});  // in a title
      }
      // A text rule with programs is about what is typed into these; no text says that.
      if (!rule.words.empty() || rule.text) continue;
      for (const std::string& program : rule.programs) literals.push_back({program, i, true});
    }
    set_->literals = Literals(std::move(literals));
    return {set_, std::move(problems_)};
  }

 private:
  void problem(const YAML::Mark& mark, const std::string& what) {
    problems_.push_back(path_ + ":" + std::to_string(mark.line + 1) + ": " + what);
  }

  void add_document(const YAML::Node& document) {
    if (document.IsNull()) return;
    if (!document.IsMap()) return problem(document.Mark(), "expected keys and values");
    for (const auto& entry : document) {
      const YAML::Mark mark = entry.first.Mark();
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (key == "rules" && entry.second.IsSequence()) {
        for (const YAML::Node& rule : entry.second) add_rule(rule);
      } else if (key == "off") {
        for (const std::string& name : list(entry.second, mark, "off")) turn_off(name, mark);
      } else if (key == "shells") {
        const auto names = list(entry.second, mark, "shells");
        set_->shells.insert(names.begin(), names.end());
      } else if (key == "command_options") {
        const auto names = list(entry.second, mark, "command_options");
        set_->command_options.insert(names.begin(), names.end());
      } else if (key == "wrappers" && entry.second.IsMap()) {
        for (const auto& wrapper : entry.second) add_wrapper(wrapper.first, wrapper.second);
      } else {
        problem(mark, "expected rules (a list), off (a list of their names), shells (a list of "
                      "programs), command_options (a list of options) or wrappers (programs, and "
                      "a number for each)");
      }
    }
  }

  void add_wrapper(const YAML::Node& name, const YAML::Node& words) {
    uint32_t number = 0;
    const std::string text = words.IsScalar() ? words.Scalar() : "";
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!name.IsScalar() || error != std::errc() || end != text.data() + text.size() ||
        number > kWrapperWordsMax) {
      return problem(name.Mark(), "expected how many words stand before the other program's name, "
                                  "0 to " + std::to_string(kWrapperWordsMax));
    }
    set_->wrappers[name.Scalar()] = number;
  }

  void turn_off(const std::string& name, const YAML::Mark& mark) {
    auto& rules = set_->rules;
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [&](const RedactRule& rule) { return rule.name == name; });
    if (found == rules.end()) return problem(mark, "off: there is no rule " + name + " before");
    rules.erase(found);
  }

  std::vector<std::string> list(const YAML::Node& node, const YAML::Mark& mark,
                                const std::string& key) {
    std::vector<std::string> values;
    bool good = node.IsSequence();
    if (good) {
      for (const YAML::Node& value : node) {
        good = good && value.IsScalar() && !value.Scalar().empty();
        if (good) values.push_back(value.Scalar());
      }
    }
    if (!good) problem(mark, key + ": expected a list of words");
    return good ? values : std::vector<std::string>();
  }

  std::unique_ptr<re2::RE2> pattern(const YAML::Node& node, const YAML::Mark& mark,
                                    const std::string& key) {
    if (!node.IsScalar() || node.Scalar().empty() || node.Scalar().size() > kPatternBytesMax) {
      problem(mark, key + ": expected a pattern (RE2)");
      return nullptr;
    }
    re2::RE2::Options options;
    options.set_encoding(re2::RE2::Options::EncodingLatin1);  // bytes, of whatever encoding
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_max_mem(kPatternMemoryMax);
    auto made = std::make_unique<re2::RE2>(node.Scalar(), options);
    if (made->ok()) return made;
    problem(mark, key + ": " + made->error());
    return nullptr;
  }

  uint8_t kinds(const YAML::Node& node, const YAML::Mark& mark) {
    uint8_t bits = 0;
    for (const std::string& kind : list(node, mark, "in")) {
      if (kind == "arguments") bits |= static_cast<uint8_t>(TextKind::arguments);
      else if (kind == "typed") bits |= static_cast<uint8_t>(TextKind::typed);
      else if (kind == "message") bits |= static_cast<uint8_t>(TextKind::message);
      else problem(mark, "in: expected arguments, typed or message, not " + kind);
    }
    return bits;
  }

  // False for a key that there is not.
  bool take(RedactRule& rule, const std::string& key, const YAML::Node& value,
            const YAML::Mark& mark) {
    if (std::find(std::begin(kRuleKeys), std::end(kRuleKeys), key) == std::end(kRuleKeys)) {
      return false;
    }
    if (key == "text") rule.text = pattern(value, mark, key);
    else if (key == "word") rule.word = pattern(value, mark, key);
    else if (key == "after") rule.after = pattern(value, mark, key);
    else if (key == "value") rule.value = pattern(value, mark, key);
    else if (key == "words") rule.words = list(value, mark, key);
    else if (key == "in") rule.in = kinds(value, mark);
    else if (key == "last") rule.last = value.IsScalar() && value.Scalar() == "true";
    else if (key == "programs") {
      const auto names = list(value, mark, key);
      rule.programs.insert(names.begin(), names.end());
    } else {
      rule.name = value.IsScalar() ? value.Scalar() : "";
    }
    return true;
  }

  void add_rule(const YAML::Node& node) {
    const YAML::Mark mark = node.Mark();
    if (!node.IsMap()) return problem(mark, "expected a rule: name, and text or word");
    RedactRule rule;
    std::set<std::string> keys;
    const size_t problems = problems_.size();
    for (const auto& entry : node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (!keys.insert(key).second) problem(entry.first.Mark(), key + ": given twice");
      else if (!take(rule, key, entry.second, entry.first.Mark())) {
        problem(entry.first.Mark(), key + ": unknown key");
      }
    }
    if (problems_.size() == problems) check(rule, keys, mark);
    if (problems_.size() != problems) return;
    rule.place = path_ + ":" + std::to_string(mark.line + 1);
    keep(std::move(rule));
  }

  void check(const RedactRule& rule, const std::set<std::string>& keys, const YAML::Mark& mark) {
    const auto wrong = [&](const char* what) { problem(mark, rule.name + ": " + what); };
    if (!is_name(rule.name)) {
      return problem(mark, "name: expected up to 40 small letters, digits and -");
    }
    if (!names_here_.insert(rule.name).second) return wrong("a rule of this name is above");
    if (!rule.text == !rule.word) return wrong("expected either text or word");
    if (rule.text && (keys.contains("after") || keys.contains("value") || keys.contains("last"))) {
      return wrong("after, value and last belong to word");
    }
    if (rule.text && rule.text->NumberOfCapturingGroups() == 0) {
      return wrong("text: the secret must be a group, (...)");
    }
    if (rule.value && rule.value->NumberOfCapturingGroups() == 0) {
      return wrong("value: the secret must be a group, (...)");
    }
    if (rule.text && !rule.programs.empty() && rule.in != static_cast<uint8_t>(TextKind::typed)) {
      return wrong("text with programs is for what is typed into these: in: [typed]");
    }
    if (rule.words.empty() && rule.programs.empty()) {
      return wrong("expected words or programs, so that it is only tried where one of them is");
    }
    const auto& literals = rule.words;
    const bool brief = std::any_of(literals.begin(), literals.end(), [](const auto& word) {
      return word.size() < Literals::kBytesMin;
    });
    const bool by_program = rule.words.empty() && !rule.text;
    const bool brief_name =
        by_program && std::any_of(rule.programs.begin(), rule.programs.end(), [](const auto& name) {
          return name.size() < Literals::kBytesMin;
        });
    if (brief) return wrong("words: each needs three bytes, or it would be found everywhere");
    if (brief_name) return wrong("programs with two letters need words beside them");
  }

  void keep(RedactRule&& rule) {
    auto& rules = set_->rules;
    const auto same = std::find_if(rules.begin(), rules.end(),
                                   [&](const RedactRule& r) { return r.name == rule.name; });
    if (same != rules.end()) *same = std::move(rule);
    else rules.push_back(std::move(rule));
  }

  std::string path_;
  std::set<std::string> names_here_;
  std::shared_ptr<RedactRules> set_ = std::make_shared<RedactRules>();
  std::vector<std::string> problems_;
};

}  // namespace

bool RedactRules::find(std::string_view text, RuleBits& found) const {
  const bool any = literals.find(text, found);
  if (text.size() != 2) return any;
  const auto known = brief.find(text);
  if (known == brief.end()) return any;
  found |= known->second;
  return true;
}

std::string RedactRules::marker(uint32_t rule) const {
  std::string marker(kMarkerBegin);
  if (rule == kUncheckedRule) marker += "unchecked";
  else marker += rules[rule].name;
  return marker.append(kMarkerEnd);
}

LoadedRedactRules load_redact_rules(std::span<const RuleFile> files) {
  Loader loader;
  for (const RuleFile& file : files) loader.add(file);
  return loader.finish();
}

}  // namespace spoor::agent
