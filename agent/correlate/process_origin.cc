// What a process has from those that it descends from: the command it came from, that one's
// program, and how deep in its session it is. All of it is looked for when it is asked for, since a
// fork is mostly read before the exec of the parent that came before it:
//
//   sshd ──fork──► (LOGIN, ses 5) ──fork──► ls
//   │ #1 sshd                     │ #1 bash, depth 0: the session began above it, by no command
//   └─ ses unset                  └─ ls is below it: depth 1
//
// What a process found in /proc, or one whose birth is not known, has run before that is not known
// either: from there on up neither a program nor a depth can be told.
#include <algorithm>

#include "agent/correlate/process_table.h"

namespace spoor::agent {
namespace {

// More ancestors without a command of their own than this are not asked.
constexpr int kAncestorsMax = 4096;

// The last exec started at or before that time.
const Process::Exec* exec_before(const Process& process, int64_t time_ns) {
  for (auto it = process.execs.rbegin(); it != process.execs.rend(); ++it) {
    if (it->started_ns <= time_ns) return &*it;
  }
  return nullptr;
}

// What a child born at that time, or an exec then, comes from. Number 0: no command of `process`.
Process::Origin came_from(const Process& process, int64_t time_ns) {
  if (const Process::Exec* exec = exec_before(process, time_ns)) {
    return {{process.key, exec->number}, exec->program, true, exec->ses, exec->depth};
  }
  if (!process.execs_forgotten) return {};
  const Process::Exec& first = process.execs.front();
  return {{process.key, first.number - 1}, 0, true, first.ses, Process::kNoDepth};
}

// Takes over of `above` what is not said yet.
Process::Origin joined(Process::Origin origin, const Process::Origin& above, bool session_said,
                       bool program_said) {
  origin.command = above.command;
  if (!program_said) origin.program = above.program;
  if (session_said) return origin;
  origin.has_session = above.has_session;
  origin.ses = above.ses;
  origin.depth = above.depth;
  return origin;
}

}  // namespace

int32_t depth_below(const Process::Origin& from, uint32_t ses) {
  if (!from.has_session || ses == kUnsetId) return Process::kNoDepth;
  if (from.ses != ses) return 0;
  return from.depth == Process::kNoDepth ? from.depth : from.depth + 1;
}

// `at_birth`: a LOGIN of its own since does not count.
Process::Origin ProcessTable::find_origin(const Process& process, bool at_birth) const {
  Process::Origin origin;
  bool session_said = false, program_said = false;
  const Process* child = &process;
  // Of `child` counts what was until then.
  int64_t until_ns = at_birth ? INT64_MIN : Process::kNever - 1;
  for (int i = 0; i < kAncestorsMax; ++i) {
    const bool unsure = child->key.rounded || !child->birth_known;
    const bool logged_in = child->login_ns <= until_ns;
    if (!session_said && (logged_in || unsure)) {
      session_said = true;
      origin.has_session = logged_in || child->key.rounded;
      origin.ses = child->ses;
      origin.depth = logged_in ? Process::kOpensSession : Process::kNoDepth;
    }
    program_said = program_said || unsure;
    if (child->origin_known) return joined(origin, child->origin, session_said, program_said);
    const Process* parent = child->parent;
    if (parent == nullptr) break;
    const int64_t unsure_ns = child->key.rounded ? kFoundSlackNs : kClockSlackNs;
    until_ns = child->birth_ns + unsure_ns;
    const Process::Origin above = came_from(*parent, until_ns);
    if (above.command.exec_number != 0) return joined(origin, above, session_said, program_said);
    child = parent;
  }
  return origin;
}

std::optional<CommandRef> ProcessTable::command_at(uint32_t pid, int64_t time_ns) const {
  const Process* process = find(pid, time_ns);
  if (process == nullptr) return std::nullopt;
  // The event's clock may lie a tick behind the birth, which then was the program's start, too.
  const int64_t at_ns = process->birth_known ? std::max(time_ns, process->birth_ns) : time_ns;
  Process::Origin origin = came_from(*process, at_ns);
  if (origin.command.exec_number == 0) origin = find_origin(*process);
  if (origin.command.exec_number == 0) return std::nullopt;
  return origin.command;
}

void ProcessTable::settle_origin(Process& process) {
  if (process.origin_known) return;
  process.origin = find_origin(process, true);
  programs_.share(process.origin.program);
  process.origin_known = true;
}

Process::Origin ProcessTable::origin_at(Process& process, int64_t time_ns) {
  if (const Process::Exec* before = exec_before(process, time_ns)) {
    return came_from(process, before->started_ns);
  }
  settle_origin(process);
  return find_origin(process);
}

// The parent is about to be forgotten.
void ProcessTable::leave_to(Process& child, const Process& parent) {
  settle_origin(child);
  const bool in_it = parent.login_ns == Process::kNever || child.birth_ns >= parent.login_ns;
  if (child.ses == kUnsetId && in_it) enter(child, parent.ses, parent.auid);
}

void ProcessTable::add_exec(Process& process, const Process::Exec& exec) {
  const auto later = std::find_if(process.execs.begin(), process.execs.end(), [&](const auto& e) {
    return e.started_ns > exec.started_ns;
  });
  process.execs.insert(later, exec);
  if (process.execs.size() > kExecsKeptMax) {
    programs_.give_back(process.execs.front().program);
    process.execs.erase(process.execs.begin());
    process.execs_forgotten = true;
  }
}

// What it owns of the pools.
void ProcessTable::give_back(Process& process) {
  for (const Process::Exec& exec : process.execs) programs_.give_back(exec.program);
  programs_.give_back(process.origin.program);
}

std::string_view ProcessTable::program(uint32_t pid, int64_t time_ns) const {
  const Process* process = find(pid, time_ns);
  if (process == nullptr) return {};
  return programs_.text(process->execs.empty() ? find_origin(*process).program
                                               : process->execs.back().program);
}

std::optional<bool> ProcessTable::ran(uint32_t pid, int64_t time_ns, int64_t from_ns,
                                      int64_t until_ns,
                                      const std::function<bool(std::string_view)>& wanted) const {
  const Process* process = find(pid, time_ns);
  if (process == nullptr) return std::nullopt;
  bool is_known = false;
  const auto is_wanted = [&](uint32_t program) {
    const std::string_view path = programs_.text(program);
    is_known |= !path.empty();
    return !path.empty() && wanted(path);
  };
  const Process::Exec* const first = exec_before(*process, from_ns);
  const bool is_own = first != nullptr || process->execs_forgotten;
  const uint32_t begun = is_own ? came_from(*process, from_ns).program
                                : find_origin(*process).program;
  if (is_wanted(begun)) return true;
  for (const Process::Exec& exec : process->execs) {
    const bool in_time = exec.started_ns > from_ns && exec.started_ns <= until_ns;
    if (in_time && is_wanted(exec.program)) return true;
  }
  return is_known ? std::optional(false) : std::nullopt;
}

}  // namespace spoor::agent
