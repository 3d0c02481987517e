#include "agent/crash_note.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "common/check.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kDeathsMax = 3;
// Of what cannot be skipped alone. More, since kills may fall there by chance.
constexpr uint32_t kDeathsSomewhereMax = 6;

bool can_be_skipped(uint64_t name) {
  const auto kind = static_cast<CrashNote::Kind>(name >> 56);
  return kind == CrashNote::Kind::event || kind == CrashNote::Kind::record ||
         kind == CrashNote::Kind::message || kind == CrashNote::Kind::line;
}

std::string words_for(uint64_t name) {
  switch (static_cast<CrashNote::Kind>(name >> 56)) {
    case CrashNote::Kind::event:
      return "the audit event with serial " + std::to_string(static_cast<uint32_t>(name));
    case CrashNote::Kind::record: return "a record without a header";
    case CrashNote::Kind::line: return "a line of a log";
    default: return "a message of the process connector";
  }
}

}  // namespace

uint64_t CrashNote::name(const Datagram& record) {
  return name(Kind::record, std::hash<std::string_view>()(record.text) + record.type);
}

uint64_t CrashNote::name(const ProcessMessage& message) {
  return name(Kind::message, (static_cast<uint64_t>(message.boottime_ns) << 24) ^ message.pid ^
                                 (static_cast<uint64_t>(message.kind) << 22));
}

uint64_t CrashNote::name(const LogLine& line) {
  const std::hash<std::string_view> hash;
  return name(Kind::line, hash(line.cursor) ^ hash(line.text));
}

CrashNote::CrashNote(std::span<uint8_t> memory)
    : memory_(*reinterpret_cast<Memory*>(memory.data())) {
  CHECK(memory.size() >= sizeof(Memory));
  const uint64_t died_of = std::exchange(memory_.at_work, 0);
  if (died_of != 0) judge(died_of);
  if (memory_.recoveries >= kDeathsSomewhereMax) gives_up_ = true;
  if (!gives_up_) return;
  memory_.deaths = 0;
  memory_.recoveries = 0;
  verdict_ =
      "the runs before died again and again as they went on from what was saved; beginning "
      "without it, what is missing is counted";
}

void CrashNote::judge(uint64_t died_of) {
  memory_.deaths = died_of == memory_.suspect ? memory_.deaths + 1 : 1;
  memory_.suspect = died_of;
  gives_up_ = memory_.deaths >= kDeathsSomewhereMax;  // skipping did not help, or cannot be
  if (gives_up_ || !can_be_skipped(died_of) || memory_.deaths != kDeathsMax) return;
  const auto place = std::find(memory_.skipped.begin(), memory_.skipped.end(), uint64_t{0});
  if (place == memory_.skipped.end()) {  // there are too many of them
    gives_up_ = true;
    return;
  }
  *place = died_of;
  verdict_ = "the runs before died " + std::to_string(memory_.deaths) + " times of " +
             words_for(died_of) + ": it is skipped, and told as a Loss";
}

void CrashNote::survived() {
  memory_.suspect = 0;
  memory_.deaths = 0;
  memory_.skipped = {};
}

// A crash may fall between any two stores of this thread: they are to happen as written.
void CrashNote::set(uint64_t name) {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  memory_.at_work = name;
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

CrashNote::Answer CrashNote::look_up(uint64_t name) {
  const auto& skipped = memory_.skipped;
  if (std::find(skipped.begin(), skipped.end(), name) == skipped.end()) return Answer::go_on;
  if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) return Answer::skip_again;
  asked_.push_back(name);
  return Answer::skip;
}

}  // namespace spoor::agent
