#include <CLI/CLI.hpp>

#include <memory>

#include "collector/commands/subcommand.h"
#include "collector/identity/authority.h"
#include "collector/identity/life_text.h"
#include "collector/limits.h"
#include "common/clock.h"
#include "common/time_format.h"

namespace spoor::collector {
namespace {

struct Arguments {
  std::string ca_folder = "/var/lib/spoor-ca";
  std::string pattern;
  std::vector<std::string> labels;
  std::string life = "24h";
  int64_t uses = 1;
  std::string id;
};

// As the CA's own user from here on, also where root asked.
Result<Tokens> open_tokens(const Arguments& arguments) {
  RETURN_IF_ERROR(become_owner_of(arguments.ca_folder));
  return Tokens::open(arguments.ca_folder + "/ca.db");
}

Status create(const Arguments& arguments) {
  const std::string by = who_runs_this();
  TokenWish wish;
  wish.pattern = arguments.pattern;
  for (const std::string& label : arguments.labels) RETURN_IF_ERROR(add_label(label, wish.labels));
  ASSIGN_OR_RETURN(wish.life_s, parse_life(arguments.life));
  wish.uses = arguments.uses;
  ASSIGN_OR_RETURN(Tokens tokens, open_tokens(arguments));
  ASSIGN_OR_RETURN(const std::string token, tokens.create(wish, by, now_s()));
  return print(token + "\n");
}

std::string time_text(int64_t seconds) {
  const LocalTime time = local_time(seconds * kNsPerSecond);
  return time.date + " " + time.clock.substr(0, 5);
}

std::string state_of(const TokenRow& row) {
  if (row.revoked) return "revoked";
  if (row.used >= row.wish.uses) return "used up";
  return now_s() >= row.expires_s ? "over" : "good";
}

Status list(const Arguments& arguments) {
  ASSIGN_OR_RETURN(Tokens tokens, open_tokens(arguments));
  ASSIGN_OR_RETURN(const std::vector<TokenRow> rows, tokens.list());
  if (rows.empty()) return print("No tokens. `spoor-collector token create` makes one.\n");
  std::vector<std::vector<std::string>> table = {
      {"TOKEN", "STATE", "USED", "UNTIL", "NAMES", "LABELS", "MADE BY"}};
  for (const TokenRow& row : rows) {
    std::string labels;
    for (const auto& [key, value] : row.wish.labels)
      labels += (labels.empty() ? "" : ",") + key + "=" + value;
    table.push_back({row.id, state_of(row),
                     std::to_string(row.used) + "/" + std::to_string(row.wish.uses),
                     time_text(row.expires_s), row.wish.pattern, labels.empty() ? "-" : labels,
                     row.by});
  }
  std::vector<size_t> widths(table[0].size(), 0);
  for (const auto& cells : table)
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  std::string out;
  for (const auto& cells : table) {
    for (size_t i = 0; i + 1 < cells.size(); ++i)
      out += cells[i] + std::string(widths[i] + 2 - cells[i].size(), ' ');
    out += cells.back() + "\n";
  }
  return print(out);
}

Status revoke(const Arguments& arguments) {
  const std::string by = who_runs_this();
  ASSIGN_OR_RETURN(Tokens tokens, open_tokens(arguments));
  RETURN_IF_ERROR(tokens.revoke(arguments.id, by, now_s()));
  return print("Nobody is enrolled with " + arguments.id + " any more. Who was stays enrolled.\n");
}

// What is wrong with an option's value; empty: nothing.
std::string wrong_label(const std::string& text) {
  Labels labels;
  return add_label(text, labels).message();
}
std::string wrong_life(const std::string& text) {
  const Result<int64_t> life_s = parse_life(text);
  if (!life_s.is_ok()) return life_s.status().message();
  return *life_s <= kTokenLifeMaxS ? "" : "a token lives for at most 366 days";
}

}  // namespace

std::vector<Subcommand> add_token(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* const token = app.add_subcommand("token", "As root or spoor-ca: tokens for enrolment");
  token->require_subcommand(1);
  CLI::App* const create_one = token->add_subcommand(
      "create", "Make a token and print it, once: only its hash is kept");
  CLI::App* const list_all = token->add_subcommand("list", "Tokens and what is left of them");
  CLI::App* const revoke_one = token->add_subcommand("revoke", "End a token");
  create_one->add_option("--name", arguments->pattern,
                         "The names that hosts may have: 'web*', quoted from the shell")
      ->check([](const std::string& text) { return check_name_pattern(text).message(); })
      ->required();
  create_one->add_option("--label", arguments->labels,
                         "KEY=VALUE that each of them gets; repeatable")
      ->check(wrong_label);
  create_one->add_option("--ttl", arguments->life, "How long it may be used: 90s, 30m, 24h, 7d")
      ->check(wrong_life)
      ->capture_default_str();
  create_one->add_option("--uses", arguments->uses, "For how many hosts")
      ->check(CLI::Range(int64_t{1}, kTokenUsesMax).description(""))
      ->capture_default_str();
  revoke_one->add_option("TOKEN", arguments->id, "As `token list` calls it")->required();
  for (CLI::App* const command : {create_one, list_all, revoke_one}) {
    command->add_option("--ca-folder", arguments->ca_folder, "What the CA keeps")
        ->capture_default_str();
  }
  return {{create_one, [arguments] { return finish(create(*arguments)); }},
          {list_all, [arguments] { return finish(list(*arguments)); }},
          {revoke_one, [arguments] { return finish(revoke(*arguments)); }}};
}

}  // namespace spoor::collector
