// The rules by which secrets are found (docs/redact.md), read from YAML and made ready. Immutable
// once loaded: shared by whoever redacts, on any thread.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/redact/literals.h"

namespace spoor::agent {

// Where a text is from; bits of RedactRule::in.
enum class TextKind : uint8_t { arguments = 1, typed = 2, message = 4, any = 7 };

struct RedactRule {
  std::string name;
  std::string place;                   // file:line
  std::set<std::string> programs;      // empty: any
  std::vector<std::string> words;      // literals: one of them is there, or there is no secret
  uint8_t in = static_cast<uint8_t>(TextKind::any);
  bool last = false;                   // the secret is the last word of the command, not the next
  // One of these two. Their first group that takes part is the secret.
  std::unique_ptr<re2::RE2> text;      // anywhere in a text
  std::unique_ptr<re2::RE2> word;      // a whole word; without a group the next word is the secret
  std::unique_ptr<re2::RE2> after;     // a whole word that must stand before it
  std::unique_ptr<re2::RE2> value;     // of the next word: its group is the secret

  bool is_in(TextKind kind) const { return (in & static_cast<uint8_t>(kind)) != 0; }
};

struct RedactRules {
  std::vector<RedactRule> rules;
  Literals literals;
  RuleBits text_rules;                 // those with `text`
  RuleBits program_rules;              // those with `word` and `programs`
  // Of these, by the program's name.
  std::map<std::string, std::vector<uint32_t>, std::less<>> by_program;
  // Literals of two bytes and a space, without it: an argument may be no more than that.
  std::map<std::string, RuleBits, std::less<>> brief;
  // Programs that run another: how many words of theirs stand before its name, options apart.
  std::map<std::string, uint32_t, std::less<>> wrappers;
  std::set<std::string, std::less<>> shells;  // an argument of theirs with spaces is a line
  // Options behind which a command stands: find's -exec.
  std::set<std::string, std::less<>> command_options;

  // Adds the rules that are worth trying on it (literals.h). False: none.
  bool find(std::string_view text, RuleBits& found) const;

  // What stands in the place of a secret: neither its length nor a hash.
  std::string marker(uint32_t rule) const;
};

// What a marker begins and ends with.
inline constexpr std::string_view kMarkerBegin = "«redacted:", kMarkerEnd = "»";
// Not looked through, since there is too much of it, and therefore blanked whole.
inline constexpr uint32_t kUncheckedRule = UINT32_MAX;

struct RuleFile {
  std::string path;  // for messages
  std::string yaml;
};
struct LoadedRedactRules {
  std::shared_ptr<const RedactRules> rules;
  std::vector<std::string> problems;   // `file:line: what`; with any, `rules` is not to be used
};
// A rule takes the place of an earlier file's of the same name.
LoadedRedactRules load_redact_rules(std::span<const RuleFile> files);

// The files of rules/redact, which are in the program.
std::vector<RuleFile> shipped_redact_rules();

}  // namespace spoor::agent
