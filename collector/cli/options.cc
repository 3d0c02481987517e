#include "collector/cli/options.h"

#include <CLI/CLI.hpp>

#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "collector/cli/trail_view.h"
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

    help_ = app_.add_subcommand("help", "Print help, also of one command: spoor help trail");
    help_->add_option("COMMAND", help_topic_, "sessions or trail")->type_name("");
  }

  // The one function that CLI11's exceptions reach.
  Options parse(std::vector<std::string> arguments, const Options& options) {
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
      return message(2, "spoor: " + visible(error.what()) + "\nSee `spoor help`.\n");
    }
    Options out = options;
    out.command = trail_->parsed() ? Options::Command::trail : Options::Command::sessions;
    return out;
  }

 private:
  Options help() {
    if (help_topic_.empty()) return message(0, app_.help());
    for (CLI::App* command : {sessions_, trail_, help_}) {
      if (command->get_name() == help_topic_) return message(0, command->help("spoor"));
    }
    return unknown(help_topic_);
  }

  bool is_command(const std::string& word) const {
    return word == sessions_->get_name() || word == trail_->get_name() || word == help_->get_name();
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
  CLI::App* help_;
  std::string help_topic_;
};

}  // namespace

Options parse_options(std::vector<std::string> arguments,
                      const std::string& environment_collector) {
  Options options;
  options.collector = environment_collector.empty() ? kDefaultCollector : environment_collector;
  Parser parser(options);
  Options out = parser.parse(std::move(arguments), options);
  if (out.command == Options::Command::message) return out;
  if (out.collector.starts_with('/')) out.collector.insert(0, "unix:");
  if (!out.collector.starts_with("unix:/")) {
    return message(2, "spoor: --collector " + shell_quote(out.collector) +
                          " is not a Unix socket: say unix:/path\nQueries go over a Unix socket "
                          "only, whose group decides who may read everybody's commands.\n");
  }
  if (out.collector.size() > std::strlen("unix:") + kSocketPathBytesMax) {
    return message(2, "spoor: --collector: a socket's path has at most " +
                          std::to_string(kSocketPathBytesMax) + " bytes\n");
  }
  return out;
}

}  // namespace spoor::cli
