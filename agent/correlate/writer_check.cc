#include "agent/correlate/writer_check.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/correlate/programs.h"
#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr size_t kTextMax = 4096;  // PATH_MAX
constexpr size_t kEvictedAtOnce = kWritersMax / 16;

}  // namespace

const WriterCheck::Writer* WriterCheck::find(const ProcessKey& process) const {
  const auto found = writers_.find(name_of(process));
  return found == writers_.end() ? nullptr : &found->second;
}

bool WriterCheck::is_unknown(const ProcessKey& process) const {
  const Writer* const writer = find(process);
  return writer == nullptr || writer->place == Place::unknown;
}

bool WriterCheck::is_in_container(const ProcessKey& process) const {
  const Writer* const writer = find(process);
  return writer != nullptr && writer->place == Place::container;
}

WriterCheck::Writer& WriterCheck::take(const ProcessKey& process) {
  if (writers_.size() >= kWritersMax && find(process) == nullptr) {
    std::vector<std::pair<uint64_t, Name>> by_use;
    for (const auto& [name, writer] : writers_) by_use.emplace_back(writer.used, name);
    const auto end = by_use.begin() + static_cast<std::ptrdiff_t>(kEvictedAtOnce);
    std::nth_element(by_use.begin(), end, by_use.end());
    for (auto it = by_use.begin(); it != end; ++it) writers_.erase(it->second);
  }
  Writer& writer = writers_[name_of(process)];
  writer.used = ++uses_;
  return writer;
}

void WriterCheck::saw(const ProcessKey& process, const ProcessSight& seen) {
  if (process.birth_ns == 0) return;
  Writer& writer = take(process);
  writer.place = seen.place;
  writer.comm = seen.comm.substr(0, kTextMax);
  if (seen.exe.empty() || (!writer.program.empty() && !writer.witnessed)) return;
  writer.program = seen.exe.substr(0, kTextMax);
  writer.witnessed = true;
}

void WriterCheck::runs(const ProcessKey& process, std::string_view program) {
  if (process.birth_ns == 0) return;
  const auto known = writers_.find(name_of(process));
  if (known == writers_.end() && !is_session_program(program)) return;
  Writer& writer = take(process);
  writer.program = program.substr(0, kTextMax);
  writer.witnessed = false;
  writer.comm.clear();
}

// What audit told at the time of the record is better than what was seen later.
WriterCheck::Running WriterCheck::running(const Writer* writer, std::string_view program) {
  if (writer == nullptr || writer->program.empty()) return {program, false};
  if (writer->witnessed && !program.empty()) return {program, false};
  return {writer->program, writer->witnessed};
}

Judgement WriterCheck::judge(const ProcessKey& process, std::string_view claimed,
                             std::string_view program, bool has_login) const {
  const Writer* const writer = find(process);
  const Running runs = running(writer, program);
  program = runs.program;
  const Place place = writer == nullptr ? Place::unknown : writer->place;
  if (!program.empty() && !claimed.empty() && program_path(program) != program_path(claimed)) {
    if (runs.witnessed && executes_others(claimed)) return {Belief::unknown, program, {}};
    return {Belief::disbelieved, program, "another program runs in the process that wrote it"};
  }
  if (!asked_) return {Belief::believed, program, {}};
  if (place == Place::container) return {Belief::unknown, program, {}};
  if (!program.empty()) {
    // Nobody logs in to a container: without a place, a login speaks for the host.
    const bool proven = place == Place::host || has_login;
    return {proven ? Belief::believed : Belief::unknown, program, {}};
  }
  if (place != Place::host || claimed.empty()) return {};
  if (is_called(writer->comm, claimed) || !is_session_program(claimed)) return {};
  return {Belief::disbelieved, writer->comm, "the process that wrote it has another name"};
}

Belief WriterCheck::judge_line(const ProcessKey& process, std::string_view speaks_as,
                               std::string_view program) const {
  const Writer* const writer = find(process);
  const Running runs = running(writer, program);
  program = runs.program;
  if (!program.empty()) {
    if (!is_program(program, speaks_as)) {
      return runs.witnessed && executes_others(speaks_as) ? Belief::unknown : Belief::disbelieved;
    }
    return writer != nullptr && writer->place == Place::container ? Belief::disbelieved
                                                                  : Belief::believed;
  }
  if (writer == nullptr || writer->place != Place::host) return Belief::unknown;
  return is_program("/usr/bin/" + writer->comm, speaks_as) ? Belief::unknown
                                                           : Belief::disbelieved;
}

void WriterCheck::save(std::string& to) const {
  std::vector<std::pair<uint64_t, Name>> by_use;
  for (const auto& [name, writer] : writers_) by_use.emplace_back(writer.used, name);
  std::sort(by_use.begin(), by_use.end());
  append_le(to, static_cast<uint32_t>(by_use.size()));
  for (const auto& [used, name] : by_use) {
    const Writer& writer = writers_.at(name);
    append_le(to, name.first);
    append_le(to, name.second);
    append_le(to, static_cast<uint8_t>(writer.place));
    append_le(to, static_cast<uint8_t>(writer.witnessed));
    append_string(to, writer.comm);
    append_string(to, writer.program);
  }
}

bool WriterCheck::restore(BlobReader& from) {
  writers_.clear();
  const auto count = from.number<uint32_t>();
  for (uint32_t i = 0; i < count && i < kWritersMax && from.good(); ++i) {
    ProcessKey process;
    process.pid = from.number<uint32_t>();
    process.birth_ns = from.number<int64_t>();
    Writer& writer = take(process);
    const auto place = from.number<uint8_t>();
    if (place > static_cast<uint8_t>(Place::container)) break;
    writer.place = static_cast<Place>(place);
    writer.witnessed = from.number<uint8_t>() != 0;
    writer.comm = from.string();
    writer.program = from.string();
  }
  if (from.good() && writers_.size() == count) return true;
  writers_.clear();
  return false;
}

}  // namespace spoor::agent
