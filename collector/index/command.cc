#include "collector/index/command.h"

namespace spoor::collector {

namespace {

void note_incomplete(const v1::Event& event, Command& command) {
  for (const int reason : event.incomplete())
    command.incomplete.push_back(static_cast<v1::Incomplete>(reason));
}

}  // namespace

Command begun(const IndexedEvent& started) {
  const v1::Event& e = *started.event;
  const v1::CommandStarted& s = e.command_started();
  Command out;
  out.started = started;
  out.started_ns = s.started_ns() != 0 ? s.started_ns() : e.time_ns();
  out.uid = s.credentials().euid();
  out.other_user = is_as_other(e);
  out.as_root = is_as_root(e);
  note_incomplete(e, out);
  if (e.outcome().result() == v1::Outcome::RESULT_FAILURE) {
    out.end = Command::End::failed_start;
    out.ended_ns = out.started_ns;
  }
  return out;
}

void end_with(const v1::Event& event, Command& command) {
  const v1::ProcessEnded& ended = event.process_ended();
  command.ended_ns = ended.ended_ns() != 0 ? ended.ended_ns() : event.time_ns();
  command.core_dumped = ended.core_dumped();
  if (ended.end_case() == v1::ProcessEnded::kExitCode) {
    command.end = Command::End::exited;
    command.exit_code = ended.exit_code();
  } else if (ended.end_case() == v1::ProcessEnded::kSignal) {
    command.end = Command::End::signaled;
    command.signal = ended.signal();
  }
  note_incomplete(event, command);
}

bool is_as_other(const v1::Event& started) {
  return started.actor().has_login_uid() &&
         started.actor().login_uid() != started.command_started().credentials().euid();
}

bool is_as_root(const v1::Event& started) {
  return is_as_other(started) && started.command_started().credentials().euid() == 0;
}

}  // namespace spoor::collector
