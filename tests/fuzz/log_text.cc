// Lines of a log, which anybody may have written: taken apart, and handed on as bytes.
#include "agent/source/log_text.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/source/log_item.h"
#include "agent/source/log_place.h"

namespace {

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const LogLine line = read_log_text(text, 1'795'348'800'000'000'000);
  check(line.text == text && text.ends_with(line.message));
  check(lies_in(line.host, text) && lies_in(line.tag, text) && lies_in(line.message, text));
  std::string bytes;
  write_log_item(line, bytes);
  const auto back = read_log_item(bytes);
  check(back && std::get<LogLine>(*back).tag_pid == line.tag_pid);
  if (size <= 8192) check(std::get<LogLine>(*back).message == line.message);
  // The same bytes as an item, and as a cursor.
  const auto item = read_log_item(text);
  const auto* told = item ? std::get_if<LogLine>(&*item) : nullptr;
  check(told == nullptr || (lies_in(told->message, text) && lies_in(told->cursor, text)));
  (void)LogPlace::parse(text);
  return 0;
}
