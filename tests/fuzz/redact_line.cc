// Lines of PAM and sshd logs: the input is a tag, a newline and a message, which also stands for a
// client's name. Whatever it is, redaction leaves sshd's own words and the address as they were,
// what was read of the line is in the line that is left, and a second look finds nothing more.
#include <cstdlib>
#include <functional>
#include <string>

#include "agent/decode/auth_log.h"
#include "agent/redact/redactor.h"
#include "common/check.h"

namespace spoor::agent {
namespace {

Redactor& redactor() {
  static Redactor made(load_redact_rules(shipped_redact_rules()).rules);
  return made;
}

void check_line(std::string_view tag, const std::string& message, std::string_view tail) {
  LogLine line;
  line.tag = tag;
  line.text = line.message = message;
  LogEvent said = decode_auth_log(line);
  const std::string address(said.address);
  std::string buffer, again;
  if (!redactor().redact(line, said, buffer)) {
    CHECK(line.message == message);
    return;
  }
  CHECK(line.text == line.message && line.message != message);
  CHECK(line.message.ends_with(tail) && said.address == address);
  for (const auto text : kLogEventTexts) {
    const std::string_view part = said.*text;
    const bool was_there = std::less<>()(part.data(), message.data()) ||
                           std::less<>()(message.data() + message.size(), part.data());
    CHECK(part.empty() || was_there);
  }
}

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const std::string name(end == std::string_view::npos ? std::string_view()
                                                       : text.substr(end + 1));
  spoor::agent::check_line(text.substr(0, end), name, "");
  const std::string place = " from 10.0.0.9 port 4711";
  for (const char* words : {"Failed password for invalid user ", "Invalid user ", "of old, "}) {
    spoor::agent::check_line("sshd", words + name + place, place);
  }
  return 0;
}
