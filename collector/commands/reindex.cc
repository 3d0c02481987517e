#include <unistd.h>

#include <CLI/CLI.hpp>

#include <memory>

#include "collector/commands/subcommand.h"
#include "collector/index/index_folder.h"

namespace spoor::collector {
namespace {

Status reindex(const std::string& folder) {
  const std::string by = who_runs_this();
  if (::access(folder.c_str(), F_OK) != 0) {
    return not_found("there is no index " + folder +
                     ": a collector makes it at its start; --index says where yours is "
                     "(index.folder)");
  }
  RETURN_IF_ERROR(become_owner_of(folder));
  PosixFiles files;
  // With the time, so that who asks again is heard again.
  RETURN_IF_ERROR(ask_for_index(files, folder, by + "\n" + std::to_string(now_s())));
  return print(
      "The index is made anew from the log: by a collector that runs within a second, else at its\n"
      "next start. Until it is as far as the log, questions are answered by the old one.\n"
      "The collector's own log (journalctl -u spoor-collector) says when it answers.\n");
}

}  // namespace

std::vector<Subcommand> add_reindex(CLI::App& app) {
  auto folder = std::make_shared<std::string>("/var/lib/spoor-collector/log/index");
  CLI::App* const command = app.add_subcommand(
      "reindex", "As root or spoor-collector: have the index made anew from the log");
  command->add_option("--index", *folder, "The collector's index.folder")->capture_default_str();
  return {{command, [folder] { return finish(reindex(*folder)); }}};
}

}  // namespace spoor::collector
