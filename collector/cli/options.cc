#include "collector/cli/options.h"

#include <CLI/CLI.hpp>

#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "collector/cli/agents_view.h"
#include "collector/cli/trail_view.h"
#include "collector/language/moment.h"
#include "common/quoting.h"

namespace spoor::cli {
namespace {

constexpr size_t kSocketPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;
constexpr const char* kAbout =
    "Who did what, where: reads login sessions and their commands from a Spoor collector.";
constexpr const char* kFooter =
    "\nTimes are local (TZ). NO_COLOR turns colours off. SPOOR_COLLECTOR names the socket.\n"
    "Exit codes: 0 done, 1 not found or failed, 2 wrong command line.  See spoor(1).";

Options message(int exit_code, std::string text) {
  Options out;
  out.exit_code = exit_code;
  out.text = std::move(text);
  return out;
}

// The command line as CLI11 sees it, bound to `options`.
class Parser {
 public:
  explicit Parser(Options& options) : app_(kAbout, "spoor") {
    app_.footer(kFooter);
    app_.set_version_flag("--version", SPOOR_VERSION, "Print the version");
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--collector", options.collector, "The collector's Unix socket")
        ->type_name("unix:PATH");
    auto* json_before = app_.add_flag("--json", options.json, "As of the command");

    sessions_ = app_.add_subcommand("sessions", "List sessions, newest first");
    sessions_->add_option("--user", options.user, "Only this login name or login uid")
        ->type_name("NAME");
    sessions_->add_option("--host", options.host, "Only this host")->type_name("NAME");
    sessions_->add_option("--limit", options.limit, "At most so many")
        ->check(CLI::Range(1U, 1'000'000U).description(""))
        ->type_name("NUMBER")
        ->capture_default_str();
    sessions_->add_flag("--all", options.all,
                        "Also cron, user managers, services and containers");
    sessions_->add_flag("--json", options.json, "For programs: one JSON object a line");

    trail_ = app_.add_subcommand("trail", "Show what was done in one session");
    trail_->add_option("SESSION", options.session, "As `spoor sessions` names it: web1:6.k3f")
        ->type_name("")
        ->required();
    auto* json = trail_->add_flag("--json", options.json, "For programs: one JSON object a line");
    trail_->add_option("--width", options.width, "Columns to stay within; else the terminal's")
        ->check(CLI::Range(static_cast<unsigned>(kWidthMin), 100'000U).description(""))
        ->type_name("COLUMNS")
        ->excludes(json)
        ->excludes(json_before);
    trail_->add_flag("--tree", tree_, "Commands under those they came from (the default)");
    trail_->add_flag("--flat", options.flat, "As it happened, one line an event");
    trail_->add_flag("--files", options.filter.files, "Only what was done to files");
    trail_->add_flag("--network", options.filter.network, "Only connections; with --files both");
    trail_->add_flag("--input", options.filter.input, "Only what was typed; or with the others");
    trail_->add_option("--since", since_, "From 10m, 2h or 3d ago on, 14:30, or '2026-11-22 14:30'")
        ->type_name("TIME");

    add_searches(options);

    agents_ = app_.add_subcommand("agents", "List agents and how they fare");
    agents_->add_option("NAMES", options.agent_names, "Only these: 'web*', quoted from the shell")
        ->type_name("");
    agents_->add_option("--state", options.agent_state, "Only those in it: silent, stalled, …")
        ->type_name("STATE");
    agents_->add_option("--label", options.labels, "Only those with it; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    agents_->add_flag("--json", options.json, "For programs: one JSON object a line");

    events_ = app_.add_subcommand("events", "Show what the collector told of agents and of itself");
    events_->add_option("NAMES", options.agent_names, "Only of these: 'web*'; collector: of itself")
        ->type_name("");
    events_
        ->add_option("--since", since_, "From 10m, 2h or 3d ago on, 14:30, or '2026-11-22 14:30'")
        ->type_name("TIME");
    events_->add_option("--limit", options.limit, "At most so many, the newest")
        ->check(CLI::Range(1U, 1'000U).description(""))
        ->type_name("NUMBER")
        ->capture_default_str();
    events_->add_flag("--failed-logins", options.failed_logins,
                      "Instead, attempts to log in that failed, of no session");
    events_->add_flag("--json", options.json, "For programs: one JSON object a line");
    add_help();
  }

  // The one function that CLI11's exceptions reach.
  Options parse(std::vector<std::string> arguments, const Options& options, int64_t now_ns) {
    const std::string first = first_word(arguments);
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
      app_.parse(std::move(arguments));
      if (help_->parsed()) {
        app_.clear();  // otherwise it is the help of `help`
        return help();
      }
    } catch (const CLI::CallForVersion&) {
      return message(0, SPOOR_VERSION "\n");
    } catch (const CLI::Success&) {
      return message(0, app_.help());
    } catch (const CLI::ParseError& error) {
      if (!first.empty() && !is_command(first)) return unknown(first);
      return wrong(visible(error.what()));
    }
    Options out = options;
    out.command = trail_->parsed()       ? Options::Command::trail
                  : search_->parsed()    ? Options::Command::search
                  : histogram_->parsed() ? Options::Command::histogram
                  : agents_->parsed()    ? Options::Command::agents
                  : events_->parsed()    ? Options::Command::events
                                         : Options::Command::sessions;
    for (const std::string& word : query_) out.query += (out.query.empty() ? "" : " ") + word;
    if (!out.agent_state.empty() &&
        state_of_word(out.agent_state) == v1::Agent::STATE_UNSPECIFIED) {
      return wrong("--state is one of " + state_words() + ", not " +
                   shell_quote(out.agent_state));
    }
    for (const std::string& label : out.labels) {
      const size_t sign = label.find('=');
      if (sign == 0 || sign == std::string::npos || sign + 1 == label.size())
        return wrong("--label is KEY=VALUE, not " + shell_quote(label));
    }
    if (out.flat && tree_) return wrong("--flat and --tree are two views: choose one");
    if (out.json && (out.flat || tree_ || out.filter.has_kinds())) {
      return wrong("--json gives the whole trail: of the views only --since goes with it");
    }
    if (since_.empty()) return out;
    const Result<int64_t> since_ns =
        collector::parse_moment(since_, now_ns, absl::LocalTimeZone());
    if (!since_ns.is_ok()) {
      return wrong("--since " + since_ns.status().message());
    }
    out.filter.since_ns = *since_ns;
    return out;
  }

 private:
  void add_help() {
    help_ = app_.add_subcommand("help", "Print help, also of one command: spoor help trail");
    help_
        ->add_option("COMMAND", help_topic_,
                     "sessions, trail, search, histogram, agents or events")
        ->type_name("");
  }

  void add_searches(Options& options) {
    search_ = app_.add_subcommand("search", "Find commands and other events over all sessions");
    search_
        ->add_option("QUERY", query_,
                     "As 'user:alice cmd:\"curl *\" exit:!=0', quoted from the shell")
        ->type_name("");
    search_->add_option("--limit", options.limit, "At most so many, the newest")
        ->check(CLI::Range(1U, 1'000U).description(""))
        ->type_name("NUMBER")
        ->capture_default_str();
    search_->add_flag("--all", options.all, "All there are, page by page");
    search_->add_option("--cursor", options.cursor, "Go on where an answer ended")
        ->type_name("CURSOR");
    search_->add_flag("--json", options.json, "For programs: one JSON object a line");

    histogram_ = app_.add_subcommand("histogram", "Show how much a query finds when");
    histogram_->add_option("QUERY", query_, "As of search")->type_name("");
    histogram_->add_option("--by", options.by, "hour (the default), day or minute")
        ->check(CLI::IsMember({"hour", "day", "minute"}).description(""))
        ->type_name("SPAN");
    histogram_->add_flag("--json", options.json, "For programs: one JSON object a line");
  }

  Options help() {
    if (help_topic_.empty()) return message(0, app_.help());
    for (CLI::App* command : commands()) {
      if (command->get_name() == help_topic_) return message(0, command->help("spoor"));
    }
    return unknown(help_topic_);
  }

  bool is_command(const std::string& word) const {
    return std::ranges::any_of(commands(),
                               [&](const auto* known) { return known->get_name() == word; });
  }
  std::vector<CLI::App*> commands() const {
    return {sessions_, trail_, search_, histogram_, agents_, events_, help_};
  }

  static std::string state_words() {
    std::string out;
    for (int i = v1::Agent::STATE_REVOKED; i <= v1::Agent::State_MAX; ++i)
      out += (out.empty() ? "" : ", ") + state_word(static_cast<v1::Agent::State>(i));
    return out;
  }

  static Options wrong(const std::string& what) {
    return message(2, "spoor: " + what + "\nSee `spoor help`.\n");
  }

  static Options unknown(const std::string& command) {
    return message(2, "spoor: there is no command " + shell_quote(command) +
                          "\nSee `spoor help`.\n");
  }

  // Where the command should stand; empty: nowhere.
  static std::string first_word(const std::vector<std::string>& arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i] == "--collector")
        ++i;  // and its value
      else if (!arguments[i].starts_with('-'))
        return arguments[i];
    }
    return "";
  }

  CLI::App app_;
  CLI::App* sessions_;
  CLI::App* trail_;
  CLI::App* search_;
  CLI::App* histogram_;
  CLI::App* agents_;
  CLI::App* events_;
  CLI::App* help_;
  std::string help_topic_;
  std::string since_;
  std::vector<std::string> query_;
  bool tree_ = false;
};

}  // namespace

Options parse_options(std::vector<std::string> arguments, const std::string& environment_collector,
                      int64_t now_ns) {
  Options options;
  options.collector = environment_collector.empty() ? kDefaultCollector : environment_collector;
  Parser parser(options);
  Options out = parser.parse(std::move(arguments), options, now_ns);
  if (out.command == Options::Command::message) return out;
  if (out.collector.starts_with('/')) out.collector.insert(0, "unix:");
  if (!out.collector.starts_with("unix:/")) {
    return message(2, "spoor: --collector " + shell_quote(out.collector) +
                          " is not a Unix socket: say unix:/path\nQueries go over a Unix socket "
                          "only, whose group decides who may read everybody's commands.\n"
                          "See `spoor help`.\n");
  }
  if (out.collector.size() > std::strlen("unix:") + kSocketPathBytesMax) {
    return message(2, "spoor: --collector: a socket's path has at most " +
                          std::to_string(kSocketPathBytesMax) + " bytes\nSee `spoor help`.\n");
  }
  return out;
}

}  // namespace spoor::cli
