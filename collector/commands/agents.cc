#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <memory>

#include "collector/commands/subcommand.h"
#include "collector/identity/registry.h"

namespace spoor::collector {
namespace {

struct Arguments {
  std::string state = "/var/lib/spoor-collector/log/state.db";
  std::string agent;
  std::string reason;
};

Status revoke(const Arguments& arguments) {
  const std::string by = who_runs_this();
  if (::access(arguments.state.c_str(), F_OK) != 0 && errno == ENOENT) {
    return not_found("there is no registry " + arguments.state +
                     ": a collector makes it at its start; --state says where yours is "
                     "(identity.state)");
  }
  RETURN_IF_ERROR(become_owner_of(arguments.state.substr(0, arguments.state.rfind('/'))));
  ASSIGN_OR_RETURN(const auto registry, Registry::open(arguments.state));
  ASSIGN_OR_RETURN(const std::vector<Revocation> revoked,
                   registry->revoke(arguments.agent, arguments.reason, by, now_s()));
  return print(arguments.agent + " is revoked, with " + std::to_string(revoked.size()) +
               (revoked.size() == 1 ? " certificate" : " certificates") +
               ". A collector that runs cuts it off within 2 s. Its name and its machine can be "
               "enrolled anew.\n");
}

std::string wrong_path(const std::string& path) {
  const bool is_in_folder = path.starts_with('/') && path.rfind('/') > 0;
  return is_in_folder ? "" : "the absolute path of a file in a folder is wanted";
}

}  // namespace

std::vector<Subcommand> add_agents(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* const agents =
      app.add_subcommand("agents", "As root or spoor-collector: take an agent's identity away");
  agents->require_subcommand(1);
  CLI::App* const command = agents->add_subcommand(
      "revoke", "Refuse every certificate of an agent from now on. `spoor agents` lists them");
  command->add_option("NAME", arguments->agent, "The agent")->required();
  command->add_option("--reason", arguments->reason, "For the record")->required();
  command->add_option("--state", arguments->state, "The collector's state.db")
      ->check(wrong_path)
      ->capture_default_str();
  return {{command, [arguments] { return finish(revoke(*arguments)); }}};
}

}  // namespace spoor::collector
