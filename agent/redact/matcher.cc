#include "agent/redact/matcher.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "agent/redact/typed_view.h"

namespace spoor::agent {
namespace {

constexpr int kDepthMax = 3;  // lines in words of lines
constexpr size_t kNone = std::string_view::npos;
constexpr int kGroupsMax = 8;
constexpr size_t kMarkerBytesMax = 64;
// To try a rule on a word, or to look a name up, takes as long as to search so many bytes.
constexpr size_t kWordWork = 48;
// And where a pattern matches, to find its group takes so many times as long.
constexpr size_t kFoundWork = 4;
constexpr std::string_view kTail =
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.eyJAAAAAAAAAAAA.AAAAAAAAA@a";

bool matches(const re2::RE2& pattern, std::string_view text) {
  return pattern.Match({text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr,
                       0);
}

// NAME=value
bool is_assignment(std::string_view word) {
  const size_t equals = word.find('=');
  return equals != kNone && equals > 0 &&
         std::all_of(word.begin(), word.begin() + static_cast<ptrdiff_t>(equals), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

std::string_view program_name(std::string_view word) {
  const size_t slash = word.rfind('/');
  return slash == kNone ? word : word.substr(slash + 1);
}

// Of an interpreter whose version is part of its name: python3.11.
std::string_view without_version(std::string_view name) {
  const size_t end = name.find_last_not_of("0123456789.");
  return name.substr(0, end == kNone ? 0 : end + 1);
}

// sudo's log writes it before the command.
constexpr std::string_view kCommand = "COMMAND=";

// And before the assignments that its caller made: `ENV=A=1 B=2`.
constexpr std::string_view kEnvironment = "ENV=";

void strip_environment(std::span<Word> words) {
  if (words.empty() || !words[0].bytes.starts_with(kEnvironment)) return;
  const size_t size = kEnvironment.size();
  const Word behind = words[0].part(size, words[0].bytes.size() - size);
  if (is_assignment(behind.bytes)) words[0] = behind;
}

// A marker's own letters are no secret: it has a colon in it, as `user:password` has.
bool is_in_marker(std::string_view text, size_t at) {
  const size_t from = at - std::min(at, kMarkerBytesMax);  // no further: texts are long
  text = text.substr(from);
  at -= from;
  const size_t begin = text.rfind(kMarkerBegin, at);
  if (begin == kNone) return false;
  const size_t name = begin + kMarkerBegin.size();
  const size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", name);
  return end != kNone && at < end && text.substr(end).starts_with(kMarkerEnd);
}

// Whether a key was pressed in this line that may have moved the cursor, or put back what was taken
// away. Not by those that TypedView follows, nor by ^C, ^D, ^L, ^Q, ^S, ^Z and Tab.
bool moves_about(std::string_view line) {
  constexpr std::string_view kOthers = "\b\t\x03\x04\x0C\x11\x13\x15\x17\x1A";
  if (line.find_first_of("\r\n") != kNone) return false;
  return std::any_of(line.begin(), line.end(), [&](char c) {
    return c >= 0 && c < ' ' && kOthers.find(c) == kNone;
  });
}

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

// Behind the last word that stands before the next option.
size_t end_before_option(std::string_view text, size_t end) {
  for (;;) {
    const size_t begin = text.find_first_not_of(' ', end);
    if (begin == kNone) return end;
    const size_t next = std::min(text.find(' ', begin), text.size());
    if (is_option(text.substr(begin, next - begin))) return end;
    end = next;
  }
}

}  // namespace

// Where the first group that took part lies. `whole`: the pattern must match all of it.
// False: it does not match. `behind`: where the match ends.
bool Matcher::match(const re2::RE2& pattern, std::string_view text, size_t from, bool whole,
                    Span& group, size_t& behind) {
  std::array<re2::StringPiece, kGroupsMax + 1> found;
  const int groups = std::min(pattern.NumberOfCapturingGroups(), kGroupsMax);
  const auto anchor = whole ? re2::RE2::ANCHOR_BOTH : re2::RE2::UNANCHORED;
  if (!pattern.Match({text.data(), text.size()}, from, text.size(), anchor, found.data(),
                     groups + 1)) {
    return false;
  }
  group = {};
  for (int i = 1; i <= groups; ++i) {
    if (found[static_cast<size_t>(i)].data() == nullptr) continue;
    const auto& piece = found[static_cast<size_t>(i)];
    group.begin = static_cast<size_t>(piece.data() - text.data());
    group.end = group.begin + piece.size();
    break;
  }
  behind = static_cast<size_t>(found[0].data() - text.data()) + found[0].size();
  return true;
}

bool Matcher::has_room(size_t bytes) {
  work_ += bytes + 1;
  return work_ <= kRedactWorkBytesMax;
}

void Matcher::unchecked(const Word& text) { add(text, 0, text.bytes.size(), kUncheckedRule); }

void Matcher::unchecked(std::span<const Word> words) {
  for (const Word& word : words) unchecked(word);
}

// The words that may be the name of a program that is run: the first one and, where that only runs
// another (sudo, env, ssh), what follows its options and `operands` words more. Whether the word
// behind an option is its value nobody knows: both may be the name then. Behind find's -exec all
// begins anew. `visit` gets the word's number and the name. False: there was no room to see all.
template <typename Visit>
bool Matcher::each_program(std::span<const Word> words, Visit&& visit) {
  uint32_t operands = 0;
  bool is_first = true, behind_option = false, is_over = false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (!has_room(is_over ? 0 : kWordWork)) return false;
    std::string_view word = words[i].bytes;
    if (word.starts_with('-') && rules_.command_options.contains(word)) {
      operands = 0;
      is_first = true;
      behind_option = is_over = false;
      continue;
    }
    if (is_over) continue;
    if (word.starts_with(kCommand)) word.remove_prefix(kCommand.size());
    else if (is_assignment(word)) continue;
    if (is_first && word.starts_with('-')) word.remove_prefix(1);  // a login shell
    if (word.starts_with('-')) {
      behind_option = true;
      continue;
    }
    const std::string_view name = program_name(word);
    if (name.empty()) continue;
    visit(i, name);
    auto wrapper = rules_.wrappers.find(name);
    if (wrapper == rules_.wrappers.end()) wrapper = rules_.wrappers.find(without_version(name));
    const bool may_be_value = !is_first && std::exchange(behind_option, false);
    is_first = false;
    if (wrapper != rules_.wrappers.end()) {
      operands = std::max(operands, wrapper->second);
    } else if (!may_be_value && !(name[0] >= '0' && name[0] <= '9')) {
      is_over = operands == 0;
      if (!is_over) --operands;
    }
  }
  return true;
}

void Matcher::add(const Word& in, size_t begin, size_t end, uint32_t rule) {
  if (begin >= end) return;
  if (is_in_marker(in.bytes, begin)) return;
  secrets_.push_back({in.target, in.position(begin), in.position(end - 1) + 1, rule});
}

void Matcher::search(uint32_t number, const Word& text, bool borderless) {
  const RedactRule& rule = rules_.rules[number];
  for (size_t from = 0; from < text.bytes.size();) {
    Span group;
    size_t behind = 0;
    const bool found = match(*rule.text, text.bytes, from, false, group, behind);
    const size_t looked_at = (found ? behind : text.bytes.size()) - from;
    if (!has_room(found ? kFoundWork * looked_at : looked_at)) return unchecked(text);
    if (!found) return;
    if (group.is_there()) {
      // `PGPASSWORD=a b`: only what has a name before it is an argument of which more may follow.
      const bool is_value = group.begin > 0 && (text.bytes[group.begin - 1] == '=' ||
                                                text.bytes[group.begin - 1] == ':');
      const bool is_end = group.end == text.bytes.size() || text.bytes[group.end] == ' ';
      const bool goes_on = borderless && is_value && is_end;
      add(text, group.begin, goes_on ? end_before_option(text.bytes, group.end) : group.end,
          number);
    }
    from = std::max(behind, from + 1);
  }
}

void Matcher::search(const Word& text, TextKind kind, const RuleBits& found, bool borderless) {
  const RuleBits wanted = found & rules_.text_rules;
  if (wanted.none()) return;
  for (uint32_t i = 0; i < rules_.rules.size(); ++i) {
    const RedactRule& rule = rules_.rules[i];
    if (wanted.test(i) && rule.programs.empty() && rule.is_in(kind)) {
      search(i, text, borderless);
    }
  }
}

// Of a text that goes on where we do not see it: what would be a secret if it went on like most
// tokens do, is one.
void Matcher::search_end(const Word& text, const RuleBits& found) {
  if (!has_room(text.bytes.size())) return unchecked(text);
  const std::string longer = std::string(text.bytes) + std::string(kTail);
  for (uint32_t i = 0; i < rules_.rules.size(); ++i) {
    const RedactRule& rule = rules_.rules[i];
    if (!found.test(i) || !rule.text || !rule.programs.empty()) continue;
    Span group;
    for (size_t from = 0, behind = 0; match(*rule.text, longer, from, false, group, behind);
         from = std::max(behind, from + 1)) {
      if (group.is_there() && group.end > text.bytes.size()) {
        add(text, std::min(group.begin, text.bytes.size()), text.bytes.size(), i);
      }
    }
  }
}

// A part of the word; where nobody knows what its end is, with what may belong to it.
void Matcher::add_word(std::span<const Word> words, size_t at, Span part, uint32_t rule,
                       bool borderless) {
  const Word& word = words[at];
  size_t last = at;
  if (borderless && part.end == word.bytes.size()) {
    for (size_t i = at + 1; i < words.size() && !is_option(words[i].bytes); ++i) {
      if (!words[i].bytes.empty()) last = i;
    }
  }
  if (last == at) return add(word, part.begin, part.end, rule);
  if (is_in_marker(word.bytes, std::min(part.begin, word.bytes.size() - 1))) return;
  secrets_.push_back({word.target, word.position(part.begin),
                      words[last].position(words[last].bytes.size() - 1) + 1, rule});
}

void Matcher::take_words(uint32_t number, std::span<const Word> words, bool borderless) {
  const RedactRule& rule = rules_.rules[number];
  bool armed = rule.after == nullptr;
  for (size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    if (!has_room(word.bytes.size() + kWordWork)) return unchecked(words.subspan(i));
    if (!armed) {
      armed = matches(*rule.after, word.bytes);
      continue;
    }
    Span group;
    size_t behind = 0;
    if (!match(*rule.word, word.bytes, 0, true, group, behind)) continue;
    if (group.is_there()) {
      add_word(words, i, group, number, borderless);
      continue;
    }
    // Of the last argument nobody knows where it begins.
    const size_t next = rule.last && !borderless ? words.size() - 1 : i + 1;
    if (next <= i || next >= words.size()) continue;
    const Word& value = words[next];
    if (!rule.value) group = {0, value.bytes.size()};
    else if (!match(*rule.value, value.bytes, 0, true, group, behind)) group = {};
    if (group.is_there()) add_word(words, next, group, number, borderless);
    if (!rule.last) i = next;
  }
}

void Matcher::take_command(std::span<const Word> words, TextKind kind, const RuleBits& found,
                           bool borderless) {
  if ((found & ~rules_.text_rules).none()) return;
  if (!has_room(rules_.rules.size())) return unchecked(words);
  // Behind which word each rule's program has its own.
  std::vector<size_t> begins(rules_.rules.size(), kNone);
  const bool is_whole = each_program(words, [&](size_t at, std::string_view name) {
    const auto known = rules_.by_program.find(name);
    if (known == rules_.by_program.end()) return;
    for (const uint32_t rule : known->second) begins[rule] = std::min(begins[rule], at + 1);
  });
  if (!is_whole) return unchecked(words);
  for (uint32_t i = 0; i < rules_.rules.size(); ++i) {
    const RedactRule& rule = rules_.rules[i];
    if (!found.test(i) || !rule.word || !rule.is_in(kind)) continue;
    if (rule.programs.empty()) take_words(i, words, borderless);
    else if (begins[i] != kNone) take_words(i, words.subspan(begins[i]), borderless);
  }
}

// The command by what was executed, where its first argument says something else or is not there.
void Matcher::take_program(std::span<const Word> words, const Executed& executed,
                           const RuleBits& found) {
  const bool is_named = executed.has_name && !words.empty();
  if (executed.program.empty()) {
    if (executed.has_name) return;
    // It may be any.
    for (uint32_t i = 0; i < rules_.rules.size(); ++i) {
      if (rules_.program_rules.test(i) && !rules_.rules[i].last) take_words(i, words, false);
    }
    return;
  }
  if (is_named && program_name(words[0].bytes) == executed.program) return;
  std::vector<Word> renamed = {{executed.program, 0, 0, nullptr}};
  renamed.insert(renamed.end(), words.begin() + (is_named ? 1 : 0), words.end());
  take_command(renamed, TextKind::arguments, found & rules_.program_rules, false);
}

// Which word is a shell, whose arguments behind it are lines; words.size() if none is.
size_t Matcher::first_shell(std::span<const Word> words) {
  size_t first = words.size();
  (void)each_program(words, [&](size_t at, std::string_view name) {
    if (first == words.size() && rules_.shells.contains(name)) first = at;
  });
  return first;
}

void Matcher::take_line(const Word& line, TextKind kind, CommandLine::Kind syntax,
                        const RuleBits& found, int depth, bool borderless) {
  if ((found & ~rules_.text_rules).none()) return;
  if (!has_room(line.bytes.size())) return unchecked(line);
  CommandLine parts(line, syntax);
  for (std::vector<Word>& words : parts.commands()) {
    if (syntax == CommandLine::Kind::joined) strip_environment(words);
    take_command(words, kind, found, borderless);
    if (depth == kDepthMax) continue;
    for (const Word& word : words) {
      if (word.at != nullptr && word.has_space()) {
        take_line(word, kind, CommandLine::Kind::shell, found, depth + 1);
      }
    }
  }
}

Secrets Matcher::in_arguments(std::span<const Argument> arguments,
                              const Executed& executed) {
  RuleBits all;
  std::vector<Word> words;
  words.reserve(arguments.size());
  for (uint32_t i = 0; i < arguments.size(); ++i) {
    words.push_back({arguments[i].bytes, i, 0, nullptr});
    rules_.find(arguments[i].bytes, all);
  }
  rules_.find(executed.program, all);
  if (all.none() && (executed.has_name || !executed.program.empty())) return {};
  std::vector<Word> whole;  // without those that are lines
  const bool has_lines = std::any_of(words.begin(), words.end(),
                                     [](const Word& word) { return word.has_space(); });
  const size_t shell = has_lines ? first_shell(words) : words.size();
  for (size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    const bool has_space = word.has_space();
    whole.push_back(has_space && i > shell ? Word{"", word.target, 0, nullptr} : word);
    RuleBits found;
    if (!rules_.find(word.bytes, found)) continue;
    search(word, TextKind::arguments, found);
    if (arguments[i].cut) search_end(word, found);
    if (has_space) take_line(word, TextKind::arguments, CommandLine::Kind::shell, found, 1);
  }
  take_command(whole, TextKind::arguments, all);
  take_program(whole, executed, all);
  return finish();
}

Secrets Matcher::in_line(std::string_view text, TextKind kind, CommandLine::Kind syntax) {
  RuleBits found;
  if (!rules_.find(text, found)) return {};
  const Word line{text, 0, 0, nullptr};
  search(line, kind, found);
  take_line(line, kind, syntax, found, 1);
  return finish();
}

Secrets Matcher::in_joined(std::string_view command, TextKind kind) {
  RuleBits found;
  if (!rules_.find(command, found)) return {};
  const Word line{command, 0, 0, nullptr};
  search(line, kind, found, true);
  take_line(line, kind, CommandLine::Kind::joined, found, 1, true);
  return finish();
}

void Matcher::search_typed(std::string_view typed, std::string_view program, bool cut) {
  RuleBits found;
  rules_.find(typed, found);
  const Word line{typed, 0, 0, nullptr};
  search(line, TextKind::typed, found);
  for (uint32_t i = 0; i < rules_.rules.size(); ++i) {
    const RedactRule& rule = rules_.rules[i];
    if (rule.text && rule.programs.contains(std::string(program))) search(i, line);
  }
  if (cut) search_end(line, found);
  take_line(line, TextKind::typed, CommandLine::Kind::shell, found, 1);
}

Secrets Matcher::in_typed(std::string_view typed, std::string_view program, bool cut) {
  const TypedView view(typed);
  search_typed(view.bytes(), program, cut);
  for (Secret& secret : secrets_) {
    std::tie(secret.begin, secret.end) = view.typed(secret.begin, secret.end);
  }
  Secrets found = finish();
  const std::string_view line = typed.substr(0, typed.find_last_not_of("\r\n") + 1);
  if (edited_ == nullptr || !moves_about(line)) return found;
  const std::string edited = edited_(line);
  if (edited == TypedView(line).bytes()) return found;
  search_typed(edited, program, cut);
  // Which bytes were typed for it nobody knows.
  if (finish().empty()) return found;
  return {{0, 0, line.size(), kUncheckedRule}};
}

Secrets Matcher::finish() {
  Secrets found = std::exchange(secrets_, {});
  std::stable_sort(found.begin(), found.end(), [](const Secret& a, const Secret& b) {
    return std::pair(a.target, a.begin) < std::pair(b.target, b.begin);
  });
  Secrets merged;
  for (const Secret& secret : found) {
    if (!merged.empty() && merged.back().target == secret.target &&
        secret.begin < merged.back().end) {
      merged.back().end = std::max(merged.back().end, secret.end);
    } else {
      merged.push_back(secret);
    }
  }
  return merged;
}

std::string Matcher::blanked(std::string_view text, std::span<const Secret> secrets) const {
  std::string out;
  size_t from = 0;
  for (const Secret& secret : secrets) {
    out.append(text.substr(from, secret.begin - from)).append(rules_.marker(secret.rule));
    from = secret.end;
  }
  return out.append(text.substr(from));
}

}  // namespace spoor::agent
