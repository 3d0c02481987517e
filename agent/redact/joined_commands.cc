#include "agent/redact/joined_commands.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// The program at the end of `text`, without its folder.
std::string_view last_name(std::string_view text) {
  const size_t begin = text.find_last_of(" /");
  return begin == text.npos ? text : text.substr(begin + 1);
}

}  // namespace

void JoinedCommands::remember(std::span<const Argument> arguments, const Secrets& secrets,
                              int64_t now_ns) {
  Command command{.text = {}, .secrets = secrets, .read_ns = now_ns};
  std::vector<size_t> begins;
  for (const Argument& argument : arguments) {
    if (!begins.empty()) command.text += ' ';
    begins.push_back(command.text.size());
    command.text += argument.bytes;
    if (argument.cut || command.text.size() > kJoinedCommandBytesMax) return;
  }
  for (Secret& secret : command.secrets) {
    secret.begin += begins[secret.target];
    secret.end += begins[secret.target];
    secret.target = 0;
  }
  if (commands_.size() == kJoinedCommandsMax) commands_.pop_front();
  commands_.push_back(std::move(command));
}

void JoinedCommands::forget(int64_t now_ns) {
  while (!commands_.empty() && now_ns - commands_.front().read_ns > kJoinedCommandNs) {
    commands_.pop_front();
  }
}

std::optional<Secrets> JoinedCommands::find(std::string_view command) const {
  const size_t behind_name = std::min(command.find(' '), command.size());
  const std::string_view tail = command.substr(behind_name);
  if (tail.empty()) return std::nullopt;
  for (auto known = commands_.rbegin(); known != commands_.rend(); ++known) {
    const std::string_view text = known->text;
    if (!text.ends_with(tail)) continue;
    const size_t begin = text.size() - tail.size();
    if (last_name(text.substr(0, begin)) != last_name(command.substr(0, behind_name))) continue;
    Secrets secrets;
    for (Secret secret : known->secrets) {
      if (secret.end <= begin) continue;
      secret.begin = behind_name + (std::max(secret.begin, begin) - begin);
      secret.end = behind_name + (secret.end - begin);
      secrets.push_back(secret);
    }
    if (!secrets.empty()) return secrets;
  }
  return std::nullopt;
}

}  // namespace spoor::agent
