// Which events are a command together, by docs/query.md: looked for one by one, in the order in
// which they are told.
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include "collector/model.h"
#include "tests/support/naive_numbers.h"

namespace spoor::collector {

class NaiveCommands {
 public:
  explicit NaiveCommands(const std::vector<IndexedEvent>& events)
      : others_(events.size()), halves_(events.size()) {
    for (size_t i = 0; i < events.size(); ++i) halves_[i] = half_of(events[i]);
    for (size_t i = 0; i < events.size(); ++i) {
      if (const auto other = other_of(i)) {
        others_[i] = *other;
        others_[*other] = i;
      }
    }
  }

  // Of a start how its command ended, if it did start. Of an end its start.
  std::optional<size_t> other(size_t event) const {
    return others_[event] && halves_[event]->failed ? std::nullopt : others_[event];
  }
  // It is told with its start.
  bool is_joined_end(size_t event) const { return others_[event] && halves_[event]->is_end; }

 private:
  using Process = std::tuple<std::string, std::string, uint64_t, uint64_t>;
  struct Half {
    bool is_end = false, failed = false;
    Process process;
    uint64_t birth = 0, exec = 0;
  };

  static std::optional<Half> half_of(const IndexedEvent& event) {
    const v1::Event& e = *event.event;
    const bool is_end = e.has_process_ended();
    if (!is_end && !e.has_command_started()) return std::nullopt;
    const bool failed = !is_end && e.outcome().result() == v1::Outcome::RESULT_FAILURE;
    const v1::CommandRef& command =
        is_end ? e.process_ended().command() : e.command_started().command();
    const uint64_t pid = naive_pid(e);
    uint64_t birth = is_end ? e.process_ended().process().birth_ns() : 0;
    if (birth == 0) birth = command.process().birth_ns();
    if (pid == 0 || command.exec_number() == 0) return std::nullopt;
    return Half{is_end, failed, {event.agent, e.session_uid(), pid, birth}, birth,
                command.exec_number()};
  }

  // The half before it that it belongs to. What came before a whole command of that process is
  // over.
  std::optional<size_t> other_of(size_t event) const {
    const auto& half = halves_[event];
    if (!half) return std::nullopt;
    std::optional<size_t> found;
    for (size_t i = event; i-- > 0;) {
      const auto& before = halves_[i];
      if (!before || before->process != half->process) continue;
      if (others_[i]) break;
      if (before->is_end == half->is_end) continue;
      if (before->is_end && half->birth == 0) continue;
      // Of starts the last that did not fail, or the last one; of ends the first.
      if (!half->is_end || !found || !before->failed) found = i;
      if (half->is_end && !before->failed) break;
    }
    return found && halves_[*found]->exec == half->exec ? found : std::nullopt;
  }

  std::vector<std::optional<size_t>> others_;
  std::vector<std::optional<Half>> halves_;
};

}  // namespace spoor::collector
